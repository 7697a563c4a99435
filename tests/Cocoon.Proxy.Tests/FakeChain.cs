using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Messages;

namespace Cocoon.Proxy.Tests;

/// <summary>Accounts and their transactions as a test puts them there.</summary>
internal sealed class FakeChain : ITonChain
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TonAddress, AccountState> _accounts = [];
    private readonly Dictionary<TonAddress, List<TonTransaction>> _transactions = [];
    private ulong _lt = 1000;

    /// <summary>The time of the newest block.</summary>
    public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

    public Exception? Failure { get; set; }

    public Func<TonAddress, Task>? BeforeRead { get; set; }

    public void Set(TonAddress address, Cell data, ulong? lt = null, Cell? code = null)
    {
        lock (_gate)
        {
            var last = new TransactionId(lt ?? _lt++, Bits256.Random());
            _accounts[address] = new AccountState(address, AccountStatus.Active, Coins.FromTon(10), code, data, last, DateTimeOffset.UnixEpoch);
        }
    }

    /// <summary>Changes what an account holds and nothing of its history.</summary>
    public void Replace(TonAddress address, Cell data, Cell? code)
    {
        lock (_gate)
        {
            var last = _accounts.GetValueOrDefault(address)?.LastTransaction;
            _accounts[address] = new AccountState(address, AccountStatus.Active, Coins.FromTon(10), code, data, last, DateTimeOffset.UnixEpoch);
        }
    }

    public TransactionId Receive(TonAddress address, TonAddress source, Cell body)
    {
        lock (_gate)
        {
            if (!_transactions.TryGetValue(address, out var all)) _transactions.Add(address, all = []);
            var transaction = new TonTransaction
            {
                Account = address,
                Lt = _lt++,
                Hash = Bits256.Random(),
                PreviousLt = all.Count == 0 ? 0 : all[^1].Lt,
                PreviousHash = all.Count == 0 ? Bits256.Zero : all[^1].Hash,
                Time = DateTimeOffset.UnixEpoch,
                TotalFees = default,
                InMessage = new InternalMessage { Source = source, Destination = address, Body = body },
            };
            all.Add(transaction);
            var id = new TransactionId(transaction.Lt, transaction.Hash);
            var account = _accounts.GetValueOrDefault(address)
                ?? new AccountState(address, AccountStatus.Active, Coins.FromTon(10), null, Cell.Empty, null, DateTimeOffset.UnixEpoch);
            _accounts[address] = account with { LastTransaction = id };
            return id;
        }
    }

    public async Task<AccountState> GetAccountAsync(TonAddress address, CancellationToken cancellationToken)
    {
        if (BeforeRead is { } wait) await wait(address).WaitAsync(cancellationToken);
        if (Failure is { } failure) throw failure;
        lock (_gate)
        {
            return _accounts.GetValueOrDefault(address) is { } known ? known with { SyncedAt = Now }
                : new AccountState(address, AccountStatus.Uninitialized, default, null, null, null, Now);
        }
    }

    public Task<IReadOnlyList<TonTransaction>> GetTransactionsAsync(TonAddress address, int limit, TransactionId? from, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var all = _transactions.GetValueOrDefault(address) ?? [];
            return Task.FromResult<IReadOnlyList<TonTransaction>>(
                [.. all.Where(transaction => from is null || transaction.Lt <= from.Value.Lt).OrderByDescending(transaction => transaction.Lt).Take(limit)]);
        }
    }

    public Task SendAsync(Cell externalMessage, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<MasterchainInfo> GetMasterchainInfoAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new MasterchainInfo(1, Bits256.Zero, Bits256.Zero));
}
