using SQLitePCL;

namespace Cocoon.Proxy.Ledger;

/// <summary>A prepared statement; parameters count from 1, columns from 0.</summary>
internal sealed class SqliteStatement(SqliteDatabase database, sqlite3_stmt handle) : IDisposable
{
    public SqliteStatement Bind(int index, long value)
    {
        database.Check(raw.sqlite3_bind_int64(handle, index, value), "bind");
        return this;
    }

    public SqliteStatement Bind(int index, string value)
    {
        database.Check(raw.sqlite3_bind_text(handle, index, value), "bind");
        return this;
    }

    /// <summary>Moves to the next row; false at the end.</summary>
    public bool Step()
    {
        var result = raw.sqlite3_step(handle);
        database.Check(result, "step");
        return result == raw.SQLITE_ROW;
    }

    /// <summary>Runs it to its end and makes it ready to be bound again.</summary>
    public void Run()
    {
        while (Step())
        {
        }
        database.Check(raw.sqlite3_reset(handle), "reset");
    }

    public long Int64(int column) => raw.sqlite3_column_int64(handle, column);

    public string Text(int column) => raw.sqlite3_column_text(handle, column).utf8_to_string();

    public void Dispose() => handle.Dispose();
}
