using Cocoon.Contracts.Economics;
using Cocoon.Cryptography;
using Cocoon.Proxy.Ledger;
using Cocoon.Ton;
using Cocoon.Ton.Chain;

namespace Cocoon.Proxy.Tests.Ledger;

public sealed class LedgerTests : IDisposable
{
    private static readonly TonAddress Contract = Some.Address(1000);
    private static readonly TonAddress Client = Some.Address(1);
    private static readonly TonAddress Worker = Some.Address(2);
    private static readonly AdjustedTokens Credit = Some.Tokens(1000);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private ProxyLedger Open() => ProxyLedger.Open(_folder.File("ledger.sqlite"), Contract);

    private static Reservation Reserve(ProxyLedger ledger, long amount) =>
        ledger.TryReserve(Client, Some.Tokens(amount), Credit, out _).ShouldNotBeNull();

    private static async Task CommitAsync(ProxyLedger ledger) => ledger.ConfirmCommit(await ledger.BeginCommitAsync()).ShouldNotBeNull();

    [Fact]
    public async Task What_is_reserved_is_not_free_and_comes_back_once()
    {
        await using var ledger = Open();
        var first = Reserve(ledger, 600);
        ledger.TryReserve(Client, Some.Tokens(401), Credit, out var available).ShouldBeNull();
        available.ShouldBe(Some.Tokens(400));
        ledger.Release(first);
        ledger.Release(first);
        ledger.Read(LedgerSide.Client, Client).Reserved.ShouldBe(AdjustedTokens.Zero);
        Reserve(ledger, 1000);
        ledger.TryReserve(Client, Some.Tokens(1), Credit, out _).ShouldBeNull();
    }

    [Fact]
    public async Task A_refused_reservation_leaves_no_account_behind()
    {
        await using var ledger = Open();
        ledger.TryReserve(Client, Some.Tokens(1), AdjustedTokens.Zero, out _).ShouldBeNull();
        ledger.Owners(LedgerSide.Client).ShouldBeEmpty();
    }

    [Fact]
    public async Task Settling_counts_to_both_sides_and_gives_the_rest_back()
    {
        await using var ledger = Open();
        await ledger.SettleAsync(Reserve(ledger, 600), Worker, Some.Tokens(250));
        ledger.Read(LedgerSide.Client, Client).ShouldBe(new AccountCounters(Some.Tokens(250), Some.Tokens(250), default, default));
        ledger.Read(LedgerSide.Worker, Worker).ShouldBe(new AccountCounters(Some.Tokens(250), Some.Tokens(250), default, default));
        ledger.TryReserve(Client, Some.Tokens(751), Credit, out var available).ShouldBeNull();
        available.ShouldBe(Some.Tokens(750));
    }

    [Fact]
    public async Task A_reservation_is_settled_once()
    {
        await using var ledger = Open();
        var reservation = Reserve(ledger, 600);
        await ledger.SettleAsync(reservation, Worker, Some.Tokens(100));
        await Should.ThrowAsync<LedgerException>(() => ledger.SettleAsync(reservation, Worker, Some.Tokens(100)));
        ledger.Release(reservation);
        ledger.Read(LedgerSide.Client, Client).ShouldBe(new AccountCounters(Some.Tokens(100), Some.Tokens(100), default, default));
    }

    [Fact]
    public async Task A_released_reservation_cannot_be_settled()
    {
        await using var ledger = Open();
        var reservation = Reserve(ledger, 600);
        ledger.Release(reservation);
        await Should.ThrowAsync<LedgerException>(() => ledger.SettleAsync(reservation, Worker, Some.Tokens(1)));
        ledger.Read(LedgerSide.Worker, Worker).Max.ShouldBe(AdjustedTokens.Zero);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(601)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public async Task Only_what_lies_within_the_reservation_can_be_settled(long tokens)
    {
        await using var ledger = Open();
        var reservation = Reserve(ledger, 600);
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => ledger.SettleAsync(reservation, Worker, Some.Tokens(tokens)));
        ledger.Read(LedgerSide.Client, Client).Reserved.ShouldBe(Some.Tokens(600));
        await ledger.SettleAsync(reservation, Worker, Some.Tokens(600));
        ledger.Read(LedgerSide.Client, Client).Max.ShouldBe(Some.Tokens(600));
    }

    [Fact]
    public async Task Negative_reservations_are_refused()
    {
        await using var ledger = Open();
        Should.Throw<ArgumentOutOfRangeException>(() => ledger.TryReserve(Client, Some.Tokens(-1), Credit, out _));
    }

    [Fact]
    public async Task An_overflow_on_one_side_counts_on_neither()
    {
        await using var ledger = Open();
        var all = Some.Tokens(long.MaxValue);
        await ledger.SettleAsync(ledger.TryReserve(Some.Address(9), all, all, out _)!, Worker, all);
        var reservation = Reserve(ledger, 600);
        await Should.ThrowAsync<OverflowException>(() => ledger.SettleAsync(reservation, Worker, Some.Tokens(1)));
        ledger.Read(LedgerSide.Client, Client).ShouldBe(new AccountCounters(default, default, default, Some.Tokens(600), 1));
        ledger.Release(reservation);
        ledger.Read(LedgerSide.Client, Client).Reserved.ShouldBe(AdjustedTokens.Zero);
    }

    [Fact]
    public async Task Only_a_confirmed_commit_raises_the_committed_tier_and_only_to_what_it_covered()
    {
        await using var ledger = Open();
        await ledger.SettleAsync(Reserve(ledger, 100), Worker, Some.Tokens(100));
        ledger.HasUncommitted.ShouldBeTrue();
        var commit = await ledger.BeginCommitAsync();
        await ledger.SettleAsync(Reserve(ledger, 50), Worker, Some.Tokens(50));
        ledger.Read(LedgerSide.Worker, Worker).Committed.ShouldBe(AdjustedTokens.Zero);
        ledger.ConfirmCommit(commit).ShouldNotBeNull();
        ledger.Read(LedgerSide.Worker, Worker).ShouldBe(new AccountCounters(Some.Tokens(150), Some.Tokens(150), Some.Tokens(100), default));
        ledger.HasUncommitted.ShouldBeTrue();
        await CommitAsync(ledger);
        ledger.HasUncommitted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_later_commit_covers_the_earlier_ones_and_a_repeated_one_changes_nothing()
    {
        await using var ledger = Open();
        await ledger.SettleAsync(Reserve(ledger, 100), Worker, Some.Tokens(10));
        var first = await ledger.BeginCommitAsync();
        await ledger.SettleAsync(Reserve(ledger, 100), Worker, Some.Tokens(10));
        var second = await ledger.BeginCommitAsync();
        second.Sequence.ShouldBe(first.Sequence + 1);
        ledger.ConfirmCommit(second).ShouldNotBeNull();
        ledger.ConfirmCommit(second).ShouldNotBeNull();
        ledger.ConfirmCommit(first).ShouldNotBeNull();
        ledger.Read(LedgerSide.Client, Client).Committed.ShouldBe(Some.Tokens(20));
    }

    [Fact]
    public async Task A_commit_of_somebody_else_is_not_known()
    {
        await using var ledger = Open();
        var commit = await ledger.BeginCommitAsync();
        ledger.ConfirmCommit(commit with { Session = Bits256.Random() }).ShouldBeNull();
        ledger.ConfirmCommit(commit with { Sequence = commit.Sequence + 1 }).ShouldBeNull();
    }

    [Fact]
    public async Task Counters_commits_and_the_followed_transaction_outlive_the_process()
    {
        var followed = new TransactionId(ulong.MaxValue - 5, Bits256.Random());
        StateCommit commit;
        await using (var ledger = Open())
        {
            await ledger.SettleAsync(Reserve(ledger, 100), Worker, Some.Tokens(42));
            commit = await ledger.BeginCommitAsync();
            await ledger.MarkFollowedAsync(followed);
        }
        await using var again = Open();
        again.Followed.ShouldBe(followed);
        again.Read(LedgerSide.Client, Client).ShouldBe(new AccountCounters(Some.Tokens(42), Some.Tokens(42), default, default));
        again.Owners(LedgerSide.Worker).ShouldBe([Worker]);
        again.Session.ShouldNotBe(commit.Session);
        again.ConfirmCommit(commit).ShouldNotBeNull();
        again.Read(LedgerSide.Client, Client).Committed.ShouldBe(AdjustedTokens.Zero);
        (await again.BeginCommitAsync()).Sequence.ShouldBe(commit.Sequence + 1);
    }

    [Fact]
    public async Task What_was_settled_survives_a_kill_at_any_instant()
    {
        await using var ledger = Open();
        for (var i = 1; i <= 30; i++)
        {
            await ledger.SettleAsync(Reserve(ledger, 30), Worker, Some.Tokens(i));
            if (i % 10 == 0) await CommitAsync(ledger);
            if (i % 3 != 0) continue;
            var settled = Some.Tokens(i * (i + 1) / 2);
            using var copy = CopyAsAKillWouldLeaveIt();
            await using var found = ProxyLedger.Open(copy.File("ledger.sqlite"), Contract);
            found.Read(LedgerSide.Client, Client).Stored.ShouldBe(settled);
            found.Read(LedgerSide.Worker, Worker).Stored.ShouldBe(settled);
        }
    }

    [Fact]
    public async Task A_kill_in_the_middle_of_writing_leaves_both_sides_equal_and_all_that_was_promised()
    {
        await using var ledger = Open();
        var credit = Some.Tokens(1_000_000);
        long promised = 0;
        var writing = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                await ledger.SettleAsync(ledger.TryReserve(Client, Some.Tokens(5), credit, out var _)!, Worker, Some.Tokens(3));
                Interlocked.Add(ref promised, 3);
            }
        })).ToArray();
        for (var copies = 0; copies < 10; copies++)
        {
            var before = Interlocked.Read(ref promised);
            using var copy = CopyAsAKillWouldLeaveIt();
            await using var found = ProxyLedger.Open(copy.File("ledger.sqlite"), Contract);
            var (used, earned) = (found.Read(LedgerSide.Client, Client).Stored.Value, found.Read(LedgerSide.Worker, Worker).Stored.Value);
            used.ShouldBe(earned);
            used.ShouldBeGreaterThanOrEqualTo(before);
        }
        await Task.WhenAll(writing).WaitAsync(Some.Patience);
        ledger.Read(LedgerSide.Client, Client).Stored.ShouldBe(Some.Tokens(600));
    }

    [Fact]
    public async Task An_old_copy_meets_a_commit_it_never_made()
    {
        await using var ledger = Open();
        await ledger.SettleAsync(Reserve(ledger, 100), Worker, Some.Tokens(10));
        var known = await ledger.BeginCommitAsync();
        using var copy = CopyAsAKillWouldLeaveIt();
        var newer = await ledger.BeginCommitAsync();

        await using var old = ProxyLedger.Open(copy.File("ledger.sqlite"), Contract);
        old.ConfirmCommit(known).ShouldNotBeNull();
        (await old.BeginCommitAsync()).Sequence.ShouldBe(newer.Sequence);
        old.ConfirmCommit(newer).ShouldBeNull();
    }

    [Fact]
    public async Task Counters_belong_to_one_proxy_contract()
    {
        await using (var ledger = Open())
        {
            await ledger.SettleAsync(Reserve(ledger, 100), Worker, Some.Tokens(10));
            await CommitAsync(ledger);
            await ledger.MarkFollowedAsync(new TransactionId(5, Bits256.Random()));
        }
        await using (var other = ProxyLedger.Open(_folder.File("ledger.sqlite"), Some.Address(1001)))
        {
            other.Followed.ShouldBeNull();
            other.Owners(LedgerSide.Client).ShouldBeEmpty();
            (await other.BeginCommitAsync()).Sequence.ShouldBe(1);
            var former = other.Former.ShouldHaveSingleItem();
            former.Contract.ShouldBe(Contract);
            former.Followed.ShouldNotBeNull();
            former.Tokens.ShouldBe(
                new Dictionary<(LedgerSide, TonAddress), AdjustedTokens>
                {
                    [(LedgerSide.Client, Client)] = Some.Tokens(10),
                    [(LedgerSide.Worker, Worker)] = Some.Tokens(10),
                },
                ignoreOrder: true);
        }
        await using var again = Open();
        again.Read(LedgerSide.Client, Client).Stored.ShouldBe(Some.Tokens(10));
        again.Followed.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_client_that_paid_in_and_used_nothing_is_known_after_a_restart()
    {
        await using (var ledger = Open())
        {
            await ledger.SettleAsync(Reserve(ledger, 100), Worker, Some.Tokens(10));
            await ledger.RememberAsync(Client);
            await ledger.RememberAsync(Some.Address(3));
        }
        await using var again = Open();
        again.Owners(LedgerSide.Client).ShouldBe([Client, Some.Address(3)], ignoreOrder: true);
        again.Read(LedgerSide.Client, Client).Stored.ShouldBe(Some.Tokens(10));
        again.HasUncommitted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_second_holder_of_the_file_is_refused_and_told_why()
    {
        await using (Open())
        {
            Should.Throw<LedgerException>(Open).Message.ShouldContain("open in another process");
        }
        await using var later = Open();
        later.HasUncommitted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused()
    {
        await File.WriteAllTextAsync(_folder.File("ledger.sqlite"), new string('x', 5000));
        Should.Throw<LedgerException>(Open);
    }

    [Theory]
    [InlineData("INSERT INTO account VALUES(?, 0, 'nobody', 5)")]
    [InlineData("INSERT INTO account VALUES(?, 0, '0:0000000000000000000000000000000000000000000000000000000000000001', -5)")]
    [InlineData("INSERT INTO account VALUES(?, 7, '0:0000000000000000000000000000000000000000000000000000000000000001', 5)")]
    public async Task A_file_with_impossible_rows_is_refused(string sql)
    {
        await using (Open())
        {
        }
        using (var database = new SqliteDatabase(_folder.File("ledger.sqlite")))
        using (var statement = database.Prepare(sql).Bind(1, Contract.ToRaw()))
        {
            statement.Run();
        }
        Should.Throw<LedgerException>(Open).Message.ShouldContain("Restore");
    }

    [Fact]
    public async Task After_the_database_failed_nothing_more_is_taken_on()
    {
        var ledger = Open();
        await ledger.DisposeAsync();
        using (var database = new SqliteDatabase(_folder.File("ledger.sqlite")))
            database.Execute("CREATE TRIGGER full BEFORE INSERT ON account WHEN NEW.tokens > 10 BEGIN SELECT RAISE(ABORT, 'full'); END");
        await using var failing = Open();
        await failing.SettleAsync(Reserve(failing, 10), Worker, Some.Tokens(10));
        var (first, second) = (Reserve(failing, 10), Reserve(failing, 10));
        await Should.ThrowAsync<LedgerException>(() => failing.SettleAsync(first, Worker, Some.Tokens(10)));
        await Should.ThrowAsync<LedgerException>(() => failing.Failure.WaitAsync(Some.Patience));
        await Should.ThrowAsync<LedgerException>(() => failing.SettleAsync(second, Worker, Some.Tokens(1)));
        await Should.ThrowAsync<LedgerException>(failing.BeginCommitAsync);
        Should.Throw<LedgerException>(() => failing.TryReserve(Client, Some.Tokens(1), Credit, out _));
        failing.Read(LedgerSide.Client, Client).Stored.ShouldBe(Some.Tokens(10));
    }

    [Fact]
    public async Task Many_at_once_never_spend_more_than_the_credit()
    {
        await using var ledger = Open();
        var credit = Some.Tokens(2000);
        long spent = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Task.Run(async () =>
        {
            var dice = (uint)seed * 2654435761 + 1;
            for (var i = 0; i < 300; i++)
            {
                dice = dice * 1664525 + 1013904223;
                var amount = dice >> 8 & 63;
                if (ledger.TryReserve(Client, Some.Tokens(amount), credit, out var _) is not { } reservation)
                    continue;
                var counters = ledger.Read(LedgerSide.Client, Client);
                (counters.Max.Value + counters.Reserved.Value).ShouldBeLessThanOrEqualTo(credit.Value);
                counters.Stored.Value.ShouldBeLessThanOrEqualTo(counters.Max.Value);
                counters.Committed.Value.ShouldBeLessThanOrEqualTo(counters.Stored.Value);
                if ((dice & 0x8000) == 0)
                {
                    var tokens = amount / 4;
                    await ledger.SettleAsync(reservation, Some.Address(100 + seed % 3), Some.Tokens(tokens));
                    Interlocked.Add(ref spent, tokens);
                }
                else
                {
                    ledger.Release(reservation);
                }
                if (i % 100 == 0) await CommitAsync(ledger);
            }
        }))).WaitAsync(Some.Patience);
        ledger.Read(LedgerSide.Client, Client).ShouldBe(
            ledger.Read(LedgerSide.Client, Client) with { Max = Some.Tokens(spent), Stored = Some.Tokens(spent), Reserved = default });
        ledger.Owners(LedgerSide.Worker).Sum(worker => ledger.Read(LedgerSide.Worker, worker).Stored.Value).ShouldBe(spent);
    }

    private TempFolder CopyAsAKillWouldLeaveIt()
    {
        var copy = new TempFolder();
        // These tests write less than what makes SQLite move pages from the log into the file, so the two may be copied one after the other.
        foreach (var name in new[] { "ledger.sqlite", "ledger.sqlite-wal" })
        {
            if (!File.Exists(_folder.File(name))) continue;
            using var from = new FileStream(_folder.File(name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var to = File.Create(copy.File(name));
            from.CopyTo(to);
        }
        return copy;
    }
}
