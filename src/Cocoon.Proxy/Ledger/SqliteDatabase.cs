using SQLitePCL;

namespace Cocoon.Proxy.Ledger;

/// <summary>One SQLite connection in WAL mode with full synchronisation: what was committed survives a kill and a power cut. Used by one thread at a time.</summary>
internal sealed class SqliteDatabase : IDisposable
{
    private readonly sqlite3 _handle;

    static SqliteDatabase() => Batteries_V2.Init();

    public SqliteDatabase(string path)
    {
        var result = raw.sqlite3_open_v2(path, out _handle, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE, null);
        if (result != raw.SQLITE_OK)
        {
            var message = raw.sqlite3_errmsg(_handle).utf8_to_string();
            _handle.Dispose();
            throw new LedgerException($"Cannot open the ledger '{path}': {message}.");
        }
        try
        {
            Execute("PRAGMA journal_mode=WAL");
            Execute("PRAGMA synchronous=FULL");
            // Two processes over one ledger would both sign: the second one must not start.
            Execute("PRAGMA locking_mode=EXCLUSIVE");
            Execute("BEGIN EXCLUSIVE");
            Execute("COMMIT");
        }
        catch
        {
            _handle.Dispose();
            throw;
        }
    }

    public void Execute(string sql)
    {
        using var statement = Prepare(sql);
        while (statement.Step())
        {
        }
    }

    public SqliteStatement Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out var statement), sql);
        return new SqliteStatement(this, statement);
    }

    public void Dispose() => _handle.Dispose();

    internal void Check(int result, string what)
    {
        if (result is raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE)
            return;
        var message = raw.sqlite3_errmsg(_handle).utf8_to_string();
        throw new LedgerException(result == raw.SQLITE_BUSY
            ? "The ledger is open in another process. Stop that proxy first: one ledger has one writer."
            : $"The ledger's database failed at '{what}': {message} (code {result}).");
    }
}
