using System.Runtime.CompilerServices;
using Cocoon.Ton.Messages;

namespace Cocoon.Ton.Chain;

/// <summary>
/// Delivers every transaction of an account once, oldest first. Each one names the hash of the one before, and that chain is checked,
/// so a server can withhold transactions but neither leave out, repeat nor reorder any.
/// </summary>
public sealed class AccountFollower
{
    private readonly ITonChain _chain;
    private readonly AccountFollowerOptions _options;
    private readonly TimeProvider _time;

    /// <summary>Creates a follower; it may follow any number of accounts.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public AccountFollower(ITonChain chain, AccountFollowerOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(chain);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        options.Validate();
        _chain = chain;
        _options = options;
        _time = time;
    }

    /// <summary>Follows an account until it is cancelled. A failure of the chain is retried at the next look.</summary>
    /// <param name="address">The account.</param>
    /// <param name="after">The last transaction that was already dealt with; null to start with the account's first.</param>
    /// <param name="cancellationToken">Ends the sequence with <see cref="OperationCanceledException"/>.</param>
    public async IAsyncEnumerable<TonTransaction> FollowAsync(
        TonAddress address, TransactionId? after, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var last = after ?? default;
        while (true)
        {
            var pages = await TryAsync(() => FindPagesAsync(address, last, cancellationToken)).ConfigureAwait(false);
            while (pages?.Starts.Count > 0)
            {
                var start = pages.Starts.Pop();
                var page = pages.Oldest ?? await TryAsync(() => FetchPageAsync(address, start, last, cancellationToken)).ConfigureAwait(false);
                pages.Oldest = null;
                // A page that could not be fetched again, or came shorter than before, would leave a gap: the next look finds the rest anew.
                if (page is null || Before(page[^1]) != last) break;
                for (var i = page.Count - 1; i >= 0; i--)
                {
                    last = new TransactionId(page[i].Lt, page[i].Hash);
                    yield return page[i];
                }
            }
            await Task.Delay(_options.PollInterval, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Walks back from the newest transaction to <paramref name="last"/>, keeping only where each page starts.</summary>
    private async Task<Pages> FindPagesAsync(TonAddress address, TransactionId last, CancellationToken cancellationToken)
    {
        var pages = new Pages();
        var account = await _chain.GetAccountAsync(address, cancellationToken).ConfigureAwait(false);
        // A server behind the one asked before may know less than we do already.
        if (account.LastTransaction is not { } next || next.Lt < last.Lt) return pages;
        while (next != last)
        {
            if (pages.Starts.Count == _options.MaxPages)
                throw new TonChainException($"Account {address} has more than {_options.MaxPages} pages of transactions since lt {last.Lt}; raise MaxPages.");
            var page = await FetchPageAsync(address, next, last, cancellationToken).ConfigureAwait(false);
            pages.Starts.Push(next);
            pages.Oldest = page;
            next = Before(page[^1]);
        }
        return pages;
    }

    /// <summary>One page, newest first, from <paramref name="start"/> back to just before <paramref name="last"/> at most.</summary>
    private async Task<List<TonTransaction>> FetchPageAsync(
        TonAddress address, TransactionId start, TransactionId last, CancellationToken cancellationToken)
    {
        var found = await _chain.GetTransactionsAsync(address, _options.PageSize, start, cancellationToken).ConfigureAwait(false);
        var page = new List<TonTransaction>(found.Count);
        var wanted = start;
        foreach (var transaction in found)
        {
            if (wanted == last) break;
            if (wanted.Lt <= last.Lt)
                throw new TonChainException($"The history of account {address} has transaction {wanted.Lt} {wanted.Hash}, but not {last.Lt} {last.Hash}.");
            if (transaction.Account != address || transaction.Lt != wanted.Lt || transaction.Hash != wanted.Hash)
                throw new TonChainException(
                    $"The history of account {address} has transaction {transaction.Lt} {transaction.Hash}, wanted {wanted.Lt} {wanted.Hash}.");
            if (transaction.PreviousLt >= transaction.Lt)
                throw new TonChainException($"Transaction {transaction.Lt} of account {address} names a later one, {transaction.PreviousLt}, before it.");
            page.Add(transaction);
            wanted = Before(transaction);
        }
        if (page.Count == 0)
            throw new TonChainException($"The server has no transaction {start.Lt} {start.Hash} of account {address}; use one that keeps the whole history.");
        return page;
    }

    private static TransactionId Before(TonTransaction transaction) => new(transaction.PreviousLt, transaction.PreviousHash);

    private async Task<T?> TryAsync<T>(Func<Task<T>> action) where T : class
    {
        try
        {
            return await action().ConfigureAwait(false);
        }
        catch (TonChainException exception)
        {
            _options.OnFailure?.Invoke(exception);
            return null;
        }
    }

    private sealed class Pages
    {
        public Stack<TransactionId> Starts { get; } = new();

        /// <summary>The page on top of <see cref="Starts"/>, while it is still at hand from the walk.</summary>
        public List<TonTransaction>? Oldest { get; set; }
    }
}
