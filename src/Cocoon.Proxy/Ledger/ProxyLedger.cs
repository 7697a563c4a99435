using System.Threading.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Chain;

namespace Cocoon.Proxy.Ledger;

/// <summary>
/// The single writer of money: counts what clients used and workers earned, in three tiers (memory, database, chain).
/// Reserve before work, settle after, never below zero, never twice; <see cref="SettleAsync"/> ends only when the new counters are durable.
/// Counters belong to one proxy contract: another contract starts from zero in the same file.
/// </summary>
public sealed class ProxyLedger : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(LedgerSide Side, TonAddress Owner), Entry> _accounts = [];
    private readonly List<PendingCommit> _pending = [];
    private readonly string _proxy;
    private readonly SqliteDatabase _database;
    private readonly Channel<Write> _writes = Channel.CreateUnbounded<Write>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _writer;
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _sequence;
    private LedgerException? _failure;

    private ProxyLedger(SqliteDatabase database, TonAddress proxyContract)
    {
        _database = database;
        _proxy = proxyContract.ToRaw();
        ProxyContract = proxyContract;
        Load();
        _writer = Task.Factory.StartNew(WriteLoop, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>The proxy contract whose channels are counted.</summary>
    public TonAddress ProxyContract { get; }

    /// <summary>Fails with a <see cref="LedgerException"/> when the database can no longer be written; never ends otherwise.</summary>
    public Task Failure => _failed.Task;

    /// <summary>This process's random mark in state commits.</summary>
    public Bits256 Session { get; } = Bits256.Random();

    /// <summary>The last transaction of the proxy contract whose effects are known, null before the first.</summary>
    public TransactionId? Followed { get; private set; }

    /// <summary>What was counted for this contract when the ledger was opened.</summary>
    public FormerAccounts Opened { get; private set; } = null!;

    /// <summary>What was counted for the contracts of former network parameters.</summary>
    public IReadOnlyList<FormerAccounts> Former { get; private set; } = [];

    /// <summary>Whether some counter is larger than what the chain has been told.</summary>
    public bool HasUncommitted
    {
        get
        {
            lock (_gate) return _accounts.Values.Any(account => account.Stored > account.Committed);
        }
    }

    /// <summary>Opens or makes the ledger.</summary>
    /// <exception cref="LedgerException">The file is unusable or open in another process.</exception>
    public static ProxyLedger Open(string path, TonAddress proxyContract)
    {
        var database = new SqliteDatabase(path);
        try
        {
            database.Execute("CREATE TABLE IF NOT EXISTS account(proxy TEXT, side INTEGER, owner TEXT, tokens INTEGER NOT NULL, PRIMARY KEY(proxy, side, owner)) WITHOUT ROWID");
            database.Execute("CREATE TABLE IF NOT EXISTS state_commit(proxy TEXT, sequence INTEGER, session TEXT NOT NULL, PRIMARY KEY(proxy, sequence)) WITHOUT ROWID");
            database.Execute("CREATE TABLE IF NOT EXISTS followed(proxy TEXT PRIMARY KEY, lt INTEGER NOT NULL, hash TEXT NOT NULL) WITHOUT ROWID");
            return new ProxyLedger(database, proxyContract);
        }
        catch (FormatException exception)
        {
            database.Dispose();
            throw new LedgerException($"The ledger '{path}' holds what no ledger wrote ({exception.Message}). Restore the newest backup.");
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>The counters of an account; zeros when it is unknown.</summary>
    public AccountCounters Read(LedgerSide side, TonAddress owner)
    {
        lock (_gate) return _accounts.TryGetValue((side, owner), out var account) ? account.Counters : default;
    }

    /// <summary>The owners of all accounts of one side.</summary>
    public IReadOnlyList<TonAddress> Owners(LedgerSide side)
    {
        lock (_gate) return [.. _accounts.Keys.Where(key => key.Side == side).Select(key => key.Owner)];
    }

    /// <summary>Holds tokens for a request if <paramref name="credit"/> less what is used and held allows it.</summary>
    /// <param name="client">The client's owner address.</param>
    /// <param name="amount">What to hold, not negative.</param>
    /// <param name="credit">All the client may ever use by its channel's present state.</param>
    /// <param name="available">What was free before this call.</param>
    /// <returns>The reservation, or null when too little is free.</returns>
    public Reservation? TryReserve(TonAddress client, AdjustedTokens amount, AdjustedTokens credit, out AdjustedTokens available)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount.Value);
        lock (_gate)
        {
            ThrowIfFailed();
            var known = _accounts.GetValueOrDefault((LedgerSide.Client, client));
            available = known is null ? credit : known.Refunded ? AdjustedTokens.Zero : credit - known.Max - known.Reserved;
            if (amount > available || known is { Refunded: true })
                return null;
            var account = Account(LedgerSide.Client, client);
            account.Reserved += amount;
            account.Running++;
            return new Reservation(client, amount);
        }
    }

    /// <summary>Keeps a client that has paid in, so that its channel is looked after also when it never uses a token; ends when that is durable.</summary>
    public Task RememberAsync(TonAddress client)
    {
        lock (_gate)
        {
            var account = Account(LedgerSide.Client, client);
            return account.Max.Value > 0 ? Task.CompletedTask : Enqueue(new Write([account.Row()], null, null));
        }
    }

    /// <summary>Gives the held tokens back; does nothing for a reservation that is settled or released.</summary>
    public void Release(Reservation reservation)
    {
        lock (_gate) Close(reservation);
    }

    /// <summary>Counts the tokens of a finished request to both sides and gives the reservation back; ends when that is durable.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than was reserved, or fewer than none.</exception>
    /// <exception cref="LedgerException">The database failed, or the reservation is closed.</exception>
    public Task SettleAsync(Reservation reservation, TonAddress worker, AdjustedTokens tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tokens.Value);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens.Value, reservation.Amount.Value);
        lock (_gate)
        {
            ThrowIfFailed();
            if (reservation.Closed)
                throw new LedgerException("A reservation can be settled once.");
            var client = Account(LedgerSide.Client, reservation.Client);
            if (tokens.Value == 0)
            {
                Close(reservation);
                return Task.CompletedTask;
            }
            var earner = Account(LedgerSide.Worker, worker);
            // Both sums before either is kept, so that an overflow counts on no side.
            var (used, earned) = (client.Max + tokens, earner.Max + tokens);
            Close(reservation);
            (client.Max, earner.Max) = (used, earned);
            return Enqueue(new Write([client.Row(), earner.Row()], null, null));
        }
    }

    /// <summary>
    /// Ends a client's account if nothing of it is in flight any more: no request holds tokens, and all that was used is committed. Nothing can
    /// be reserved afterwards, so that a refund signed for the committed counter stays true.
    /// </summary>
    /// <returns>False when the account is still in use; it then goes on as before.</returns>
    public bool TryEnd(TonAddress client)
    {
        lock (_gate)
        {
            var account = Account(LedgerSide.Client, client);
            return account.Refunded |= account.Running == 0 && account.Committed == account.Max;
        }
    }

    /// <summary>Prepares the next state commit: durable in the database before it may go to the chain.</summary>
    public async Task<StateCommit> BeginCommitAsync()
    {
        StateCommit commit;
        Task written;
        lock (_gate)
        {
            ThrowIfFailed();
            commit = new StateCommit(++_sequence, Session);
            var values = _accounts.Where(pair => pair.Value.Stored > pair.Value.Committed).ToDictionary(pair => pair.Key, pair => pair.Value.Stored);
            if (_pending.Count >= MaxPendingCommits) _pending.RemoveAt(0);
            _pending.Add(new PendingCommit(commit, values));
            written = Enqueue(new Write([], commit, null));
        }
        await written.ConfigureAwait(false);
        return commit;
    }

    /// <summary>Takes note that a state commit stands on chain: the counters it covers may now be signed.</summary>
    /// <returns>The accounts whose committed counter grew; null when this ledger never made that commit: somebody ran a newer copy of it.</returns>
    public IReadOnlyList<(LedgerSide Side, TonAddress Owner)>? ConfirmCommit(StateCommit commit)
    {
        lock (_gate)
        {
            var index = _pending.FindIndex(pending => pending.Commit == commit);
            if (index < 0)
                return null;
            var grown = new List<(LedgerSide, TonAddress)>();
            foreach (var ((side, owner), tokens) in _pending[index].Values)
            {
                var account = Account(side, owner);
                if (tokens <= account.Committed)
                    continue;
                account.Committed = tokens;
                grown.Add((side, owner));
            }
            // It stays known: the chain may show the same commit again.
            for (var i = 0; i <= index; i++) _pending[i].Values.Clear();
            return grown;
        }
    }

    /// <summary>Remembers how far the proxy contract's transactions have been followed.</summary>
    public Task MarkFollowedAsync(TransactionId transaction)
    {
        Followed = transaction;
        return Enqueue(new Write([], null, transaction));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _writes.Writer.TryComplete();
        await _writer.ConfigureAwait(false);
        _database.Dispose();
    }

    private void Load()
    {
        var own = Opened = Read(_proxy);
        foreach (var ((side, owner), tokens) in own.Tokens)
        {
            var account = Account(side, owner);
            account.Max = account.Stored = tokens;
        }
        // What an earlier process announced proves only that this file is not an old copy; its counters are announced again by this one.
        _pending.AddRange(own.Commits.OrderBy(commit => commit.Sequence).Select(commit => new PendingCommit(commit, [])));
        _sequence = _pending.Count == 0 ? 0 : _pending[^1].Commit.Sequence;
        Followed = own.Followed;
        using var others = _database.Prepare("SELECT proxy FROM account WHERE proxy <> ?1 UNION SELECT proxy FROM followed WHERE proxy <> ?1").Bind(1, _proxy);
        var former = new List<FormerAccounts>();
        while (others.Step()) former.Add(Read(others.Text(0)));
        Former = former;
    }

    private FormerAccounts Read(string proxy)
    {
        var tokens = new Dictionary<(LedgerSide, TonAddress), AdjustedTokens>();
        using (var rows = _database.Prepare("SELECT side, owner, tokens FROM account WHERE proxy = ?").Bind(1, proxy))
        {
            while (rows.Step())
            {
                var (side, counted) = ((LedgerSide)rows.Int64(0), rows.Int64(2));
                if (!Enum.IsDefined(side) || counted < 0)
                    throw new FormatException($"side {(int)side} and {counted} tokens of {rows.Text(1)}");
                tokens.Add((side, TonAddress.Parse(rows.Text(1))), new AdjustedTokens(counted));
            }
        }
        var commits = new HashSet<StateCommit>();
        using (var rows = _database.Prepare("SELECT sequence, session FROM state_commit WHERE proxy = ?").Bind(1, proxy))
        {
            while (rows.Step()) commits.Add(new StateCommit((int)rows.Int64(0), Bits256.Parse(rows.Text(1))));
        }
        using var followed = _database.Prepare("SELECT lt, hash FROM followed WHERE proxy = ?").Bind(1, proxy);
        TransactionId? last = followed.Step() ? new TransactionId((ulong)followed.Int64(0), Bits256.Parse(followed.Text(1))) : null;
        return new FormerAccounts(TonAddress.Parse(proxy), last, commits, tokens);
    }

    private Entry Account(LedgerSide side, TonAddress owner)
    {
        if (!_accounts.TryGetValue((side, owner), out var account))
            _accounts.Add((side, owner), account = new Entry(side, owner));
        return account;
    }

    private bool Close(Reservation reservation)
    {
        if (reservation.Closed)
            return false;
        reservation.Closed = true;
        var account = Account(LedgerSide.Client, reservation.Client);
        account.Reserved -= reservation.Amount;
        account.Running--;
        return true;
    }

    private void ThrowIfFailed()
    {
        if (_failure is not null)
            throw new LedgerException(_failure.Message);
    }

    private void Fail(Exception exception, List<Write> batch)
    {
        LedgerException failure;
        lock (_gate) failure = _failure ??= exception as LedgerException ?? new LedgerException($"The ledger's database failed: {exception.Message}");
        foreach (var write in batch) write.Durable.TrySetException(new LedgerException(failure.Message));
        _failed.TrySetException(failure);
        _ = _failed.Task.Exception;
    }

    private Task Enqueue(Write write) =>
        _writes.Writer.TryWrite(write) ? write.Durable.Task : Task.FromException(new LedgerException("The ledger is closed."));

    // One commit of the database covers everything that waited for it.
    private void WriteLoop()
    {
        var batch = new List<Write>();
        var reader = _writes.Reader;
        using var upsert = _database.Prepare(
            "INSERT INTO account(proxy, side, owner, tokens) VALUES(?, ?, ?, ?) ON CONFLICT DO UPDATE SET tokens = excluded.tokens WHERE excluded.tokens > tokens");
        using var commit = _database.Prepare("INSERT INTO state_commit(proxy, sequence, session) VALUES(?, ?, ?)");
        using var forget = _database.Prepare("DELETE FROM state_commit WHERE proxy = ? AND sequence < ?");
        using var follow = _database.Prepare("INSERT OR REPLACE INTO followed(proxy, lt, hash) VALUES(?, ?, ?)");
        while (reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            batch.Clear();
            while (batch.Count < 1024 && reader.TryRead(out var write)) batch.Add(write);
            try
            {
                ThrowIfFailed();
                _database.Execute("BEGIN");
                foreach (var write in batch)
                {
                    foreach (var row in write.Rows)
                        upsert.Bind(1, _proxy).Bind(2, (long)row.Side).Bind(3, row.Owner.ToRaw()).Bind(4, row.Tokens.Value).Run();
                    if (write.Commit is { } made)
                    {
                        commit.Bind(1, _proxy).Bind(2, made.Sequence).Bind(3, made.Session.ToString()).Run();
                        forget.Bind(1, _proxy).Bind(2, made.Sequence - MaxPendingCommits).Run();
                    }
                    if (write.Followed is { } followed)
                        follow.Bind(1, _proxy).Bind(2, (long)followed.Lt).Bind(3, followed.Hash.ToString()).Run();
                }
                _database.Execute("COMMIT");
            }
            catch (Exception exception)
            {
                // After one failure nothing is written any more: what the database then holds is consistent, and a new start reads it.
                Fail(exception, batch);
                continue;
            }
            lock (_gate)
            {
                foreach (var row in batch.SelectMany(write => write.Rows))
                {
                    var account = Account(row.Side, row.Owner);
                    if (row.Tokens > account.Stored) account.Stored = row.Tokens;
                }
            }
            foreach (var write in batch) write.Durable.TrySetResult();
        }
    }

    // How many announced but unseen commits are remembered; more cannot wait on chain at once.
    private const int MaxPendingCommits = 1000;

    private sealed record Row(LedgerSide Side, TonAddress Owner, AdjustedTokens Tokens);

    private sealed record PendingCommit(StateCommit Commit, Dictionary<(LedgerSide Side, TonAddress Owner), AdjustedTokens> Values);

    private sealed record Write(Row[] Rows, StateCommit? Commit, TransactionId? Followed)
    {
        public TaskCompletionSource Durable { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Entry(LedgerSide side, TonAddress owner)
    {
        public AdjustedTokens Max { get; set; }

        public AdjustedTokens Stored { get; set; }

        public AdjustedTokens Committed { get; set; }

        public AdjustedTokens Reserved { get; set; }

        public int Running { get; set; }

        public bool Refunded { get; set; }

        public AccountCounters Counters => new(Max, Stored, Committed, Reserved, Running);

        public Row Row() => new(side, owner, Max);
    }
}
