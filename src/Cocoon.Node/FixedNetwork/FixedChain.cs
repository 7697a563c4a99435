using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Codes;
using Cocoon.Contracts.Wallet;
using Cocoon.Cryptography;
using Cocoon.Node.Configuration;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Messages;

namespace Cocoon.Node.FixedNetwork;

/// <summary>
/// What a node takes for the chain on a network that has none: it is this process's alone, and gone with it. Contracts are presumed to exist,
/// every account holds 100 TON, a message of the node's wallet shows at once as a transaction of its receiver, and nothing is executed. So what
/// nodes do on a chain for its own sake (a state commit, a registration) works here, and no money moves.
/// </summary>
public sealed class FixedChain(TimeProvider time) : ITonChain
{
    // Peers decide how many channels are presumed; one takes about a kilobyte.
    private const int MaxAccounts = 65_536;

    // Followers look every few seconds; nobody asks for what is older.
    private const int MaxHistory = 1024;

    private static readonly Coins Balance = Coins.FromTon(100);
    private static readonly Coins ClientBalance = Coins.FromTon(1_000_000);

    private readonly Lock _gate = new();
    private readonly Dictionary<TonAddress, Account> _accounts = [];
    private ulong _lt;

    /// <summary>The chain of the network that <see cref="NetworkOptions.FixedRegistry"/> describes: its root contract exists, and nothing else.</summary>
    /// <exception cref="ConfigurationException">The file cannot be used.</exception>
    public static FixedChain Open(NetworkOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        var chain = new FixedChain(time);
        var registry = FixedRegistry.Load(options.FixedRegistry ?? throw new ConfigurationException("Network.FixedRegistry: found nothing, wanted a file."));
        // An address that is none is told by whoever reads the registry.
        if (TonAddress.TryParse(options.RootContract, out var root))
            chain.Presume(root, registry.ToCell());
        return chain;
    }

    /// <summary>Says that a contract exists. One that is known stays as it is.</summary>
    /// <param name="address">The contract.</param>
    /// <param name="data">What it holds.</param>
    /// <param name="last">Its last transaction, which an earlier process saw; later ones follow it. Null when it never had one.</param>
    /// <exception cref="TonChainException">65536 accounts are known already.</exception>
    public void Presume(TonAddress address, Cell data, TransactionId? last = null)
    {
        lock (_gate)
        {
            var account = Open(address);
            account.Data ??= data;
            account.Last ??= last;
            if (last is { } known) _lt = Math.Max(_lt, known.Lt);
        }
    }

    /// <summary>
    /// Says that the node's own wallet exists. Its number starts at the Unix time, so that a message kept by a process that was killed is seen to
    /// be over, here as on a chain.
    /// </summary>
    public void PresumeWallet(Ed25519PublicKey key, TonAddress owner)
    {
        var wallet = new CocoonWallet(ContractCodes.Wallet, key, owner);
        var state = new CocoonWalletState { Key = key, Owner = owner, Seqno = (uint)Now.ToUnixTimeSeconds() };
        Presume(wallet.Address, state.ToCell());
    }

    /// <summary>Says that a client's channel exists as the network's nodes presume it: a million TON, one minimal stake, and the empty secret.</summary>
    /// <exception cref="TonChainException">65536 accounts are known already.</exception>
    public void PresumeClient(ClientContract channel)
    {
        ArgumentNullException.ThrowIfNull(channel);
        Presume(channel.Address, (channel.InitialState with { Balance = ClientBalance, SecretHash = Bits256.Sha256([]) }).ToCell());
    }

    /// <inheritdoc/>
    public Task<AccountState> GetAccountAsync(TonAddress address, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var account = _accounts.GetValueOrDefault(address);
            return Task.FromResult(new AccountState(
                address, account?.Data is null ? AccountStatus.Uninitialized : AccountStatus.Active, Balance, null, account?.Data, account?.Last, Now));
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<TonTransaction>> GetTransactionsAsync(TonAddress address, int limit, TransactionId? from, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var history = _accounts.GetValueOrDefault(address)?.History ?? [];
            return Task.FromResult<IReadOnlyList<TonTransaction>>(
                [.. history.AsEnumerable().Reverse().SkipWhile(transaction => from is { } start && transaction.Lt > start.Lt).Take(limit)]);
        }
    }

    /// <inheritdoc/>
    public Task SendAsync(Cell externalMessage, CancellationToken cancellationToken)
    {
        try
        {
            lock (_gate) Take(externalMessage);
            return Task.CompletedTask;
        }
        catch (CellFormatException exception)
        {
            return Task.FromException(new TonChainException($"This is no message of a wallet: {exception.Message}", inner: exception));
        }
        catch (TonChainException exception)
        {
            return Task.FromException(exception);
        }
    }

    /// <inheritdoc/>
    public Task<MasterchainInfo> GetMasterchainInfoAsync(CancellationToken cancellationToken) =>
        Task.FromException<MasterchainInfo>(new TonChainException("This network has no chain and so no blocks."));

    // A chain tells the time of its blocks in whole seconds.
    private DateTimeOffset Now => DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());

    private void Take(Cell externalMessage)
    {
        if (TonMessage.Load(externalMessage) is not ExternalInMessage external)
            throw new TonChainException("Only messages from outside of the chain can be sent.");
        if (_accounts.GetValueOrDefault(external.Destination) is not { Data: { } data } wallet)
            throw new TonChainException($"The account {external.Destination} does not exist.");
        var state = CocoonWalletState.Decode(data);
        var body = external.Body.BeginParse();
        body.SkipBits(512 + 32 + 32); // signature, subwallet, expiry
        var seqno = body.LoadUInt(32);
        if (seqno != state.Seqno)
            throw new TonChainException($"The message has the number {seqno}, the wallet {external.Destination} expects {state.Seqno}.");
        var sent = new List<InternalMessage>();
        while (body.RemainingReferences > 0)
        {
            body.SkipBits(8); // the mode
            if (TonMessage.Load(body.LoadReference()) is not InternalMessage message)
                throw new TonChainException("A wallet sends messages to contracts only.");
            sent.Add(message with { Source = external.Destination });
        }
        wallet.Data = (state with { Seqno = state.Seqno + 1 }).ToCell();
        Record(external.Destination, wallet, external, sent);
        foreach (var message in sent) Deliver(message);
    }

    private void Deliver(InternalMessage message)
    {
        var account = Open(message.Destination);
        if (message.StateInit is { } init && init.Address(message.Destination.Workchain) == message.Destination)
            account.Data ??= init.Data;
        Record(message.Destination, account, message, []);
    }

    private Account Open(TonAddress address)
    {
        if (_accounts.TryGetValue(address, out var known))
            return known;
        return _accounts.Count < MaxAccounts ? _accounts[address] = new Account()
            : throw new TonChainException($"{MaxAccounts} accounts are known, there is no room for {address}. Start the node again.");
    }

    private void Record(TonAddress address, Account account, TonMessage input, IReadOnlyList<TonMessage> output)
    {
        var transaction = new TonTransaction
        {
            Account = address,
            Lt = ++_lt,
            Hash = Bits256.Random(),
            PreviousLt = account.Last?.Lt ?? 0,
            PreviousHash = account.Last?.Hash ?? Bits256.Zero,
            Time = Now,
            TotalFees = Coins.Zero,
            InMessage = input,
            OutMessages = output,
            ComputeSucceeded = true,
            ExitCode = 0,
            ActionResultCode = 0,
        };
        account.Last = new TransactionId(transaction.Lt, transaction.Hash);
        account.History.Enqueue(transaction);
        if (account.History.Count > MaxHistory) account.History.Dequeue();
    }

    private sealed class Account
    {
        public Cell? Data { get; set; }

        public TransactionId? Last { get; set; }

        public Queue<TonTransaction> History { get; } = new();
    }
}
