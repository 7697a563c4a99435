using System.Collections.Concurrent;
using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Messages;
using Cocoon.Cryptography;
using Cocoon.Node.Wallet;
using Cocoon.Testing;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Messages;

namespace Cocoon.Client.Tests.Fakes;

/// <summary>A chain on which client contracts do what the network's contracts do, so far as a client can see it.</summary>
internal sealed class FakeChain(ManualTimeProvider time) : ITonChain
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TonAddress, (Coins Balance, Cell Data)> _accounts = [];
    private readonly Dictionary<TonAddress, List<TonTransaction>> _transactions = [];
    private ulong _lt = 1;

    public ConcurrentQueue<ulong> Nonces { get; } = new();

    /// <summary>Called when a registration reached a contract.</summary>
    public Action<ulong>? Registered { get; set; }

    /// <summary>What every look at an account fails with, if anything.</summary>
    public Exception? Failure { get; set; }

    public void Set(TonAddress address, Coins balance, Cell data)
    {
        lock (_gate) _accounts[address] = (balance, data);
    }

    public ClientContractState? State(TonAddress address)
    {
        lock (_gate) return _accounts.TryGetValue(address, out var account) ? ClientContractState.Decode(account.Data) : null;
    }

    public void Change(TonAddress address, Func<ClientContractState, ClientContractState> change)
    {
        lock (_gate) _accounts[address] = (Coins.FromTon(1), change(ClientContractState.Decode(_accounts[address].Data)).ToCell());
    }

    public void Send(TonAddress wallet, WalletMessage message, bool delivered)
    {
        ulong? nonce = null;
        lock (_gate)
        {
            var body = new InternalMessage { Source = wallet, Destination = message.Destination, Value = message.Value, Body = message.Body ?? Cell.Empty };
            Record(wallet, null, [body]);
            if (delivered)
                nonce = Deliver(message, body);
        }
        if (nonce is { } registered)
            Registered?.Invoke(registered);
    }

    public Task<AccountState> GetAccountAsync(TonAddress address, CancellationToken cancellationToken)
    {
        if (Failure is { } failure)
            return Task.FromException<AccountState>(failure);
        lock (_gate)
        {
            return Task.FromResult(_accounts.TryGetValue(address, out var account)
                ? new AccountState(address, AccountStatus.Active, account.Balance, null, account.Data, null, time.GetUtcNow())
                : new AccountState(address, AccountStatus.Uninitialized, Coins.Zero, null, null, null, time.GetUtcNow()));
        }
    }

    public Task<IReadOnlyList<TonTransaction>> GetTransactionsAsync(
        TonAddress address, int limit, TransactionId? from, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            IReadOnlyList<TonTransaction> page = _transactions.TryGetValue(address, out var all) ? [.. all.AsEnumerable().Reverse().Take(limit)] : [];
            return Task.FromResult(page);
        }
    }

    public Task SendAsync(Cell externalMessage, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<MasterchainInfo> GetMasterchainInfoAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    private ulong? Deliver(WalletMessage message, InternalMessage body)
    {
        Record(message.Destination, body, []);
        if (message.StateInit is { } init)
            _accounts.TryAdd(message.Destination, (message.Value, init.Data!));
        if (message.Body is null || !_accounts.TryGetValue(message.Destination, out var account))
            return null;
        var state = ClientContractState.Decode(account.Data);
        ulong? nonce = null;
        state = ContractMessage.Parse(message.Body) switch
        {
            TopUpClient topUp => state with { Balance = state.Balance + topUp.Amount },
            ChangeClientSecret secret => state with { SecretHash = secret.SecretHash },
            RequestClientRefund when state.Phase == ContractPhase.Normal => state with
            {
                Phase = ContractPhase.Closing,
                UnlockTime = time.GetUtcNow() + state.Parameters.ClientCloseDelay,
            },
            RequestClientRefund when state.Phase == ContractPhase.Closing => state with { Phase = ContractPhase.Closed, Balance = Coins.Zero },
            WithdrawFromClient => state with { Balance = state.Stake },
            SubmitVoucher submit => Charge(state, submit.Voucher.Tokens),
            RegisterClient register => Register(state, nonce = register.Nonce),
            var other => throw new InvalidOperationException($"The client sent {other.GetType().Name}."),
        };
        _accounts[message.Destination] = (account.Balance, state.ToCell());
        return nonce;
    }

    private ClientContractState Register(ClientContractState state, ulong? nonce)
    {
        Nonces.Enqueue(nonce!.Value);
        return state;
    }

    private static ClientContractState Charge(ClientContractState state, AdjustedTokens tokens)
    {
        var cost = state.Parameters.Price.Cost(tokens - state.TokensUsed);
        return state with { TokensUsed = tokens, Balance = cost < state.Balance ? state.Balance - cost : Coins.Zero };
    }

    private void Record(TonAddress account, TonMessage? input, IReadOnlyList<TonMessage> output)
    {
        if (!_transactions.TryGetValue(account, out var all))
            _transactions[account] = all = [];
        all.Add(new TonTransaction
        {
            Account = account,
            Lt = _lt++,
            Hash = Bits256.Random(),
            PreviousLt = 0,
            PreviousHash = Bits256.Zero,
            Time = time.GetUtcNow(),
            TotalFees = Coins.Zero,
            InMessage = input,
            OutMessages = output,
        });
    }
}
