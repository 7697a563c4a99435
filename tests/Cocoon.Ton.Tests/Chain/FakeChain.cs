using Cocoon.Cryptography;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Messages;

namespace Cocoon.Ton.Tests.Chain;

/// <summary>One account whose transactions the test adds; failures and lies happen on demand.</summary>
public sealed class FakeChain(TonAddress account) : ITonChain
{
    private readonly Lock _gate = new();
    private readonly List<TonTransaction> _transactions = [];

    /// <summary>Called before every question; may throw.</summary>
    public Action<int>? OnQuestion { get; set; }

    /// <summary>Called on every page before it is given away.</summary>
    public Func<List<TonTransaction>, List<TonTransaction>> OnPage { get; set; } = page => page;

    public int Questions { get; private set; }

    public int LargestPage { get; private set; }

    public TonTransaction this[int index]
    {
        get
        {
            lock (_gate) return _transactions[index];
        }
    }

    public void Add(int count)
    {
        lock (_gate)
        {
            for (var i = 0; i < count; i++)
            {
                var last = _transactions.Count == 0 ? null : _transactions[^1];
                _transactions.Add(new TonTransaction
                {
                    Account = account,
                    Lt = (last?.Lt ?? 0) + 10,
                    Hash = Bits256.Random(),
                    PreviousLt = last?.Lt ?? 0,
                    PreviousHash = last?.Hash ?? Bits256.Zero,
                    Time = DateTimeOffset.UnixEpoch,
                    TotalFees = Coins.Zero,
                });
            }
        }
    }

    public Task<AccountState> GetAccountAsync(TonAddress address, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Ask();
            TransactionId? last = _transactions.Count == 0 ? null : new TransactionId(_transactions[^1].Lt, _transactions[^1].Hash);
            return Task.FromResult(new AccountState(address, AccountStatus.Active, Coins.Zero, null, null, last, DateTimeOffset.UnixEpoch));
        }
    }

    public Task<IReadOnlyList<TonTransaction>> GetTransactionsAsync(
        TonAddress address, int limit, TransactionId? from, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Ask();
            var start = _transactions.FindIndex(transaction => transaction.Lt == from!.Value.Lt);
            var page = new List<TonTransaction>();
            for (var i = start; i >= 0 && page.Count < limit; i--) page.Add(_transactions[i]);
            LargestPage = Math.Max(LargestPage, page.Count);
            return Task.FromResult<IReadOnlyList<TonTransaction>>(OnPage(page));
        }
    }

    public Task SendAsync(Cell externalMessage, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<MasterchainInfo> GetMasterchainInfoAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    private void Ask() => OnQuestion?.Invoke(++Questions);
}
