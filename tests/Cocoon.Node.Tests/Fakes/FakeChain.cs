using System.Buffers.Binary;
using Cocoon.Contracts.Wallet;
using Cocoon.Cryptography;
using Cocoon.Testing;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Messages;

namespace Cocoon.Node.Tests.Fakes;

/// <summary>A chain in memory on which node wallets do what their contract does; everything happens at once unless a test holds it back.</summary>
internal sealed class FakeChain(ManualTimeProvider time) : ITonChain
{
    private static readonly Coins WalletMinimum = Coins.FromTon(2);
    private static readonly Coins Fee = Coins.FromTon(0.003m);

    private readonly Lock _gate = new();
    private readonly Dictionary<TonAddress, (Coins Balance, Cell? Data)> _accounts = [];
    private readonly Dictionary<TonAddress, List<TonTransaction>> _transactions = [];
    private readonly List<Cell> _sent = [];
    private readonly List<Cell> _held = [];
    private readonly List<InternalMessage> _delivered = [];
    private readonly List<int> _batches = [];
    private ulong _lt;
    private int _calls;

    /// <summary>How far the chain's clock is from the test's.</summary>
    public TimeSpan ClockOffset { get; set; }

    /// <summary>Wallets execute what they are sent and leave out every message, as they do with what they cannot pay for.</summary>
    public bool LeavingOut { get; set; }

    /// <summary>Messages are taken and never executed.</summary>
    public bool Losing { get; set; }

    /// <summary>Messages are taken and wait for <see cref="ExecuteHeld"/>.</summary>
    public bool Holding { get; set; }

    /// <summary>Wallets cannot send what they are told to.</summary>
    public bool FailingActions { get; set; }

    /// <summary>Decides by the number of the call and its name whether it fails.</summary>
    public Func<int, string, bool> Fails { get; set; } = (_, _) => false;

    /// <summary>What a contract does with a message; gets its data, null before it is deployed, and gives the new.</summary>
    public Func<InternalMessage, Cell?, Cell?>? Contract { get; set; }

    public Cell[] Sent => Copy(_sent);

    public InternalMessage[] Delivered => Copy(_delivered);

    /// <summary>How many messages each executed external message carried.</summary>
    public int[] Batches => Copy(_batches);

    public void Set(TonAddress address, Coins balance, Cell? data = null)
    {
        lock (_gate) _accounts[address] = (balance, data);
    }

    public Cell? Data(TonAddress address)
    {
        lock (_gate) return _accounts.GetValueOrDefault(address).Data;
    }

    public void ExecuteHeld()
    {
        lock (_gate)
        {
            Holding = false;
            foreach (var message in _held) Execute(message);
            _held.Clear();
        }
    }

    /// <summary>Executes a message now, whatever happens to others.</summary>
    public void Inject(Cell message)
    {
        lock (_gate) Execute(message);
    }

    public Task<AccountState> GetAccountAsync(TonAddress address, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (CallFails("account"))
                return Task.FromException<AccountState>(new TonChainException("the server is away"));
            var (balance, data) = _accounts.GetValueOrDefault(address);
            TransactionId? last = _transactions.TryGetValue(address, out var all) ? new TransactionId(all[^1].Lt, all[^1].Hash) : null;
            return Task.FromResult(new AccountState(
                address, data is null ? AccountStatus.Uninitialized : AccountStatus.Active, balance, null, data, last, Now));
        }
    }

    public Task<IReadOnlyList<TonTransaction>> GetTransactionsAsync(TonAddress address, int limit, TransactionId? from, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (CallFails("history"))
                return Task.FromException<IReadOnlyList<TonTransaction>>(new TonChainException("the server is away"));
            var all = _transactions.GetValueOrDefault(address) ?? [];
            return Task.FromResult<IReadOnlyList<TonTransaction>>(
                [.. all.AsEnumerable().Reverse().SkipWhile(transaction => from is { } start && transaction.Lt > start.Lt).Take(limit)]);
        }
    }

    public Task SendAsync(Cell externalMessage, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (CallFails("send"))
                return Task.FromException(new TonChainException("the server is away"));
            _sent.Add(externalMessage);
            if (Holding)
                _held.Add(externalMessage);
            else if (!Losing && Execute(externalMessage) is { } refusal)
                return Task.FromException(new TonChainException(refusal));
            return Task.CompletedTask;
        }
    }

    public Task<MasterchainInfo> GetMasterchainInfoAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    private DateTimeOffset Now => time.GetUtcNow() + ClockOffset;

    private bool CallFails(string name) => Fails(_calls++, name);

    private T[] Copy<T>(List<T> list)
    {
        lock (_gate) return [.. list];
    }

    private string? Execute(Cell message)
    {
        var external = (ExternalInMessage)TonMessage.Load(message.BeginParse());
        var wallet = external.Destination;
        var (balance, data) = _accounts.GetValueOrDefault(wallet);
        if ((data ?? external.StateInit?.Data) is not { } known)
            return "the account has no code";
        var state = CocoonWalletState.Decode(known);
        var body = external.Body.BeginParse();
        var signature = body.LoadBytes(64);
        if (!state.Key.Verify(new CellBuilder().StoreSlice(body.Clone()).Build().Hash.ToArray(), signature))
            return "exit code 1034";
        body.LoadUInt(32);
        if ((long)body.LoadUInt(32) <= Now.ToUnixTimeSeconds())
            return "exit code 1030";
        if (state.IsBlocked)
            return "exit code 1031";
        if (body.LoadUInt(32) != state.Seqno)
            return "exit code 1032";
        if (balance < WalletMinimum)
            return "exit code 1035";
        var messages = new List<InternalMessage>();
        while (body.RemainingReferences > 0)
        {
            body.LoadUInt(8);
            messages.Add((InternalMessage)TonMessage.Load(body.LoadReference().BeginParse()));
        }
        var total = messages.Aggregate(Fee, (sum, sending) => sum + sending.Value);
        if (FailingActions || total > balance)
        {
            _accounts[wallet] = (balance - Fee, known);
            Record(wallet, external, 37);
            return null;
        }
        if (LeavingOut)
            messages.Clear();
        _accounts[wallet] = (balance - total, (state with { Seqno = state.Seqno + 1 }).ToCell());
        _batches.Add(messages.Count);
        Record(wallet, external, 0, messages);
        foreach (var sending in messages) Deliver(sending);
        return null;
    }

    private void Deliver(InternalMessage message)
    {
        _delivered.Add(message);
        var (balance, data) = _accounts.GetValueOrDefault(message.Destination);
        data ??= message.StateInit?.Data;
        _accounts[message.Destination] = (balance + message.Value, Contract is null ? data : Contract(message, data));
        Record(message.Destination, message, 0);
    }

    private void Record(TonAddress account, TonMessage input, int actionResult, IReadOnlyList<InternalMessage>? output = null)
    {
        if (!_transactions.TryGetValue(account, out var all))
            _transactions[account] = all = [];
        var number = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(number, ++_lt);
        all.Add(new TonTransaction
        {
            Account = account,
            Lt = _lt,
            Hash = Bits256.Sha256(number),
            PreviousLt = all.Count == 0 ? 0 : all[^1].Lt,
            PreviousHash = all.Count == 0 ? Bits256.Zero : all[^1].Hash,
            Time = Now,
            TotalFees = Fee,
            InMessage = input,
            OutMessages = output is null ? [] : [.. output],
            Aborted = actionResult != 0,
            ComputeSucceeded = true,
            ExitCode = 0,
            ActionResultCode = actionResult,
        });
    }
}
