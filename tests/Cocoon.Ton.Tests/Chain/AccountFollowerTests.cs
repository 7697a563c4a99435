using Cocoon.Cryptography;
using Cocoon.Testing;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Messages;

namespace Cocoon.Ton.Tests.Chain;

public sealed class AccountFollowerTests
{
    private static readonly TonAddress Account = new Dice(9).Address();
    private readonly FakeChain _chain = new(Account);
    private readonly ManualTimeProvider _time = new();
    private readonly List<TonChainException> _failures = [];

    [Fact]
    public async Task Every_transaction_comes_once_and_oldest_first()
    {
        _chain.Add(23);
        Check(await FollowAsync(null, 23), 0, 23);
        _chain.LargestPage.ShouldBeLessThanOrEqualTo(5);
    }

    [Fact]
    public async Task Following_goes_on_after_a_known_transaction()
    {
        _chain.Add(23);
        Check(await FollowAsync(new TransactionId(_chain[10].Lt, _chain[10].Hash), 12), 11, 12);
    }

    [Fact]
    public async Task Transactions_that_come_later_are_delivered_at_the_next_look()
    {
        var added = 0;
        // Every look finds up to three new transactions, and some looks none.
        _chain.OnQuestion = question =>
        {
            if (added < 40 && question % 3 == 0) _chain.Add(Math.Min(3, 40 - added));
            if (added < 40 && question % 3 == 0) added += Math.Min(3, 40 - added);
        };
        Check(await FollowAsync(null, 40), 0, 40);
    }

    [Fact]
    public async Task Failures_at_any_question_leave_no_gap_and_repeat_nothing()
    {
        for (var failing = 1; failing <= 12; failing++)
        {
            var chain = new FakeChain(Account);
            chain.Add(23);
            var failAt = failing;
            chain.OnQuestion = question =>
            {
                if (question == failAt || question == failAt + 2) throw new TonChainException("busy", 503);
            };
            var found = await FollowAsync(null, 23, chain);
            found.Select(transaction => transaction.Lt).ShouldBe(Enumerable.Range(1, 23).Select(i => (ulong)i * 10));
        }
        _failures.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Pages_shorter_than_asked_leave_no_gap()
    {
        _chain.Add(23);
        var pages = 0;
        _chain.OnPage = page => page[..Math.Min(page.Count, 1 + pages++ % 4)];
        Check(await FollowAsync(null, 23), 0, 23);
    }

    [Fact]
    public async Task A_page_with_a_gap_a_repeat_or_a_stranger_is_refused()
    {
        _chain.Add(10);
        var lies = new Queue<Func<List<TonTransaction>, List<TonTransaction>>>(
        [
            page => [page[0], page[2]],
            page => [page[0], page[0]],
            page => [page[0] with { Account = new Dice(10).Address() }],
            page => [page[0] with { Hash = Bits256.Zero }],
            page => [page[0] with { PreviousLt = page[0].Lt }],
            _ => [],
        ]);
        var count = lies.Count;
        _chain.OnPage = page => lies.TryDequeue(out var lie) ? lie(page) : page;
        Check(await FollowAsync(null, 10), 0, 10);
        _failures.Count.ShouldBe(count);
    }

    [Fact]
    public async Task A_server_with_another_history_delivers_nothing()
    {
        _chain.Add(10);
        using var cancel = new CancellationTokenSource();
        await using var items = Create(_chain).FollowAsync(Account, new TransactionId(_chain[4].Lt, Bits256.Zero), cancel.Token).GetAsyncEnumerator(cancel.Token);
        var next = items.MoveNextAsync().AsTask();
        _failures[0].Message.ShouldContain("but not 50");
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task A_server_that_is_behind_is_waited_for()
    {
        _chain.Add(3);
        var future = new TransactionId(_chain[2].Lt + 20, Bits256.Random());
        using var cancel = new CancellationTokenSource();
        await using var items = Create(_chain).FollowAsync(Account, future, cancel.Token).GetAsyncEnumerator(cancel.Token);
        var next = items.MoveNextAsync().AsTask();
        for (var i = 0; i < 5; i++) _time.AdvanceInline(TimeSpan.FromSeconds(2));
        next.IsCompleted.ShouldBeFalse();
        _failures.ShouldBeEmpty();
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task More_pages_than_allowed_are_a_failure()
    {
        _chain.Add(11);
        var options = new AccountFollowerOptions { PageSize = 5, MaxPages = 2, OnFailure = _failures.Add };
        using var cancel = new CancellationTokenSource();
        await using var items = new AccountFollower(_chain, options, _time).FollowAsync(Account, null, cancel.Token).GetAsyncEnumerator(cancel.Token);
        var next = items.MoveNextAsync().AsTask();
        _failures.Single().Message.ShouldContain("raise MaxPages");
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => next);
    }

    private AccountFollower Create(FakeChain chain) =>
        new(chain, new AccountFollowerOptions { PageSize = 5, OnFailure = _failures.Add }, _time);

    private async Task<List<TonTransaction>> FollowAsync(TransactionId? after, int count, FakeChain? chain = null)
    {
        var found = new List<TonTransaction>();
        await using var items = Create(chain ?? _chain).FollowAsync(Account, after).GetAsyncEnumerator();
        while (found.Count < count)
        {
            // The fake answers at once, so a follower that is not done waits for its next look.
            var next = items.MoveNextAsync().AsTask();
            for (var look = 0; !next.IsCompleted; look++)
            {
                look.ShouldBeLessThan(1000);
                _time.AdvanceInline(TimeSpan.FromSeconds(2));
            }
            (await next).ShouldBeTrue();
            found.Add(items.Current);
        }
        return found;
    }

    private void Check(List<TonTransaction> found, int first, int count) =>
        found.Select(transaction => transaction.Lt).ShouldBe(Enumerable.Range(first, count).Select(i => _chain[i].Lt));
}
