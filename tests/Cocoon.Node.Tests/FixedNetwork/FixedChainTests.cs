using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Codes;
using Cocoon.Contracts.Wallet;
using Cocoon.Cryptography;
using Cocoon.Node.Configuration;
using Cocoon.Node.FixedNetwork;
using Cocoon.Node.Registry;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Node.Wallet;
using Cocoon.Testing;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Messages;
using static Cocoon.Node.Tests.Fakes.Eventually;

namespace Cocoon.Node.Tests.FixedNetwork;

public sealed class FixedChainTests : IAsyncDisposable
{
    private static readonly byte[] Seed = Bits256.Sha256("wallet"u8).ToArray();
    private static readonly TonAddress Contract = new(0, Bits256.Sha256("contract"u8));

    private readonly ManualTimeProvider _time = new();
    private readonly TempFolder _temp = new();
    private readonly LogList _log = new();
    private readonly CancellationTokenSource _stopping = new();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _stopping.Dispose();
        _log.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public async Task Message_of_the_wallet_shows_at_once_as_a_transaction_of_its_receiver()
    {
        var chain = new FixedChain(_time);
        await using var wallet = Open(chain);
        var body = new CellBuilder().StoreUInt(7, 32).Build();
        await wallet.SendAsync(new WalletMessage(Contract, new Coins(1), body), default).WaitAsync(Patience);

        var transaction = (await chain.GetTransactionsAsync(Contract, 10, null, default)).ShouldHaveSingleItem();
        var message = transaction.InMessage.ShouldBeOfType<InternalMessage>();
        message.Source.ShouldBe(wallet.Address);
        message.Body.Hash.ShouldBe(body.Hash);
        var sent = (await chain.GetTransactionsAsync(wallet.Address, 10, null, default)).ShouldHaveSingleItem();
        sent.OutMessages.ShouldHaveSingleItem().ShouldBe(message);
        sent.Lt.ShouldBeLessThan(transaction.Lt);
    }

    [Fact]
    public async Task Wallet_holds_money_that_no_message_takes_and_counts_its_messages()
    {
        var chain = new FixedChain(_time);
        await using var wallet = Open(chain);
        var before = await SeqnoAsync(chain, wallet.Address);
        for (var count = 0; count < 3; count++)
            await wallet.SendAsync(new WalletMessage(Contract, Coins.FromTon(90)), default).WaitAsync(Patience);
        (await SeqnoAsync(chain, wallet.Address)).ShouldBe(before + 3);
        (await chain.GetAccountAsync(wallet.Address, default)).Balance.ShouldBe(Coins.FromTon(100));
        wallet.Balance.ShouldBe(Coins.FromTon(100));
    }

    [Fact]
    public async Task Contract_exists_once_its_own_state_was_sent()
    {
        var chain = new FixedChain(_time);
        await using var wallet = Open(chain);
        var state = new StateInit(ContractCodes.Client, new CellBuilder().StoreUInt(1, 8).Build());
        await wallet.SendAsync(new WalletMessage(Contract, new Coins(1), null, state), default).WaitAsync(Patience);
        (await chain.GetAccountAsync(Contract, default)).Data.ShouldBeNull();

        await wallet.SendAsync(new WalletMessage(state.Address(), new Coins(1), null, state), default).WaitAsync(Patience);
        var account = await chain.GetAccountAsync(state.Address(), default);
        account.Status.ShouldBe(AccountStatus.Active);
        account.Data!.Hash.ShouldBe(state.Data!.Hash);
    }

    [Fact]
    public async Task Contract_that_is_presumed_again_stays_as_it_is()
    {
        var chain = new FixedChain(_time);
        var first = new CellBuilder().StoreUInt(1, 8).Build();
        chain.Presume(Contract, first);
        chain.Presume(Contract, Cell.Empty);
        (await chain.GetAccountAsync(Contract, default)).Data!.Hash.ShouldBe(first.Hash);
    }

    [Fact]
    public async Task Channel_of_a_client_is_presumed_with_a_million_TON_one_stake_and_the_empty_secret()
    {
        var chain = new FixedChain(_time);
        var parameters = FixedRegistry.Load(FixedRegistryTests.Sample).Parameters;
        using var key = Ed25519PrivateKey.FromSeed(Seed);
        var channel = new ClientContract(parameters, TestNetwork.Owner, Contract, key.PublicKey);
        chain.PresumeClient(channel);
        var state = ClientContractState.Decode((await chain.GetAccountAsync(channel.Address, default)).Data!);
        state.ShouldBe(channel.InitialState with
        {
            Balance = Coins.FromTon(1_000_000),
            Stake = Coins.FromTon(1),
            SecretHash = Bits256.Parse("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        });
    }

    [Fact]
    public async Task Followed_account_shows_every_transaction_once_and_goes_on_after_a_restart()
    {
        TransactionId? followed = null;
        var seen = new List<ulong>();
        for (var process = 0; process < 3; process++)
        {
            var chain = new FixedChain(_time);
            chain.Presume(Contract, Cell.Empty, followed);
            await using var wallet = Open(chain);
            using var stop = new CancellationTokenSource();
            var follower = new AccountFollower(chain, new AccountFollowerOptions { OnFailure = failure => throw failure }, _time);
            var following = FollowAsync(follower, followed, stop.Token);
            for (var number = 1; number <= 3; number++)
                await wallet.SendAsync(new WalletMessage(Contract, new Coins((UInt128)((process * 10) + number))), default).WaitAsync(Patience);
            await _time.PassUntilAsync(() => Count() == (process + 1) * 3 || following.IsFaulted);
            await stop.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(following);
            _time.Advance(TimeSpan.FromMinutes(1));
        }
        seen.ShouldBe([1, 2, 3, 11, 12, 13, 21, 22, 23]);

        int Count()
        {
            lock (seen) return seen.Count;
        }

        async Task FollowAsync(AccountFollower follower, TransactionId? after, CancellationToken cancellationToken)
        {
            await foreach (var transaction in follower.FollowAsync(Contract, after, cancellationToken))
            {
                followed.ShouldBe(transaction.PreviousLt == 0 ? null : new TransactionId(transaction.PreviousLt, transaction.PreviousHash));
                followed = new TransactionId(transaction.Lt, transaction.Hash);
                lock (seen) seen.Add((ulong)((InternalMessage)transaction.InMessage!).Value.NanoTon);
            }
        }
    }

    [Fact]
    public async Task Message_kept_by_a_killed_process_is_over_at_the_next_start_and_delays_nothing()
    {
        var folder = new StateFolder(_temp.Path);
        using var key = Ed25519PrivateKey.FromSeed(Seed);
        var contract = new CocoonWallet(ContractCodes.Wallet, key.PublicKey, TestNetwork.Owner);
        var seqno = (uint)_time.GetUtcNow().ToUnixTimeSeconds() + 2;
        var validUntil = _time.GetUtcNow() + TimeSpan.FromMinutes(2);
        folder.WriteAtomically(
            "wallet.pending",
            new PendingMessage(contract.CreateExternalMessage(key, seqno, validUntil, [], includeStateInit: false), seqno, validUntil).ToBytes());
        _time.Advance(TimeSpan.FromSeconds(5));

        await using var wallet = Open(new FixedChain(_time));
        await wallet.SendAsync(new WalletMessage(Contract, new Coins(1)), default).WaitAsync(Patience);
        File.Exists(folder.File("wallet.pending")).ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_no_message_of_a_known_wallet_with_the_next_number_is_refused()
    {
        var chain = new FixedChain(_time);
        await using var wallet = Open(chain);
        using var key = Ed25519PrivateKey.FromSeed(Seed);
        var contract = new CocoonWallet(ContractCodes.Wallet, key.PublicKey, TestNetwork.Owner);
        var known = contract.CreateExternalMessage(key, 5, _time.GetUtcNow(), [], includeStateInit: true);
        (await Should.ThrowAsync<TonChainException>(chain.SendAsync(known, default))).Message.ShouldContain("has the number 5");

        var stranger = new CocoonWallet(ContractCodes.Wallet, key.PublicKey, Contract);
        var unknown = stranger.CreateExternalMessage(key, 0, _time.GetUtcNow(), [], includeStateInit: true);
        (await Should.ThrowAsync<TonChainException>(chain.SendAsync(unknown, default))).Message.ShouldContain("does not exist");
        await Should.ThrowAsync<TonChainException>(chain.SendAsync(Cell.Empty, default));
        await Should.ThrowAsync<TonChainException>(chain.SendAsync(new InternalMessage { Destination = Contract }.ToCell(), default));
        await Should.ThrowAsync<TonChainException>(chain.SendAsync(new ExternalInMessage { Destination = wallet.Address }.ToCell(), default));
        await Should.ThrowAsync<TonChainException>(chain.GetMasterchainInfoAsync(default));
    }

    [Fact]
    public void Number_of_channels_that_strangers_can_have_presumed_is_bounded()
    {
        var chain = new FixedChain(_time);
        for (var number = 0; number < 65_536; number++) chain.Presume(Numbered(number), Cell.Empty);
        chain.Presume(Numbered(7), Cell.Empty);
        Should.Throw<TonChainException>(() => chain.Presume(Numbered(65_536), Cell.Empty)).Message.ShouldContain("65536");
    }

    [Fact]
    public async Task Registry_of_the_file_is_what_every_node_reads()
    {
        var options = Join(new TestNodeOptions()).Network;
        var monitor = await RegistryMonitor.StartAsync(FixedChain.Open(options, _time), options, _time, _log, default);
        var changed = monitor.Changed;
        var running = monitor.RunAsync(_stopping.Token);
        monitor.RootContract.ShouldBe(TestNetwork.Root);
        monitor.Current.Registry.ShouldBe(FixedRegistry.Load(FixedRegistryTests.Sample));
        await _time.PassAsync(60);
        changed.IsCompleted.ShouldBeFalse();
        monitor.Current.ReadAt.ShouldBe(_time.GetUtcNow());
        await _stopping.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(running);
    }

    [Fact]
    public async Task Node_starts_without_a_chain_says_so_and_refuses_what_moves_money()
    {
        await using var node = await NodeRuntime.StartAsync(Join(new TestNodeOptions()), _time, _log, default);
        node.FixedChain.ShouldNotBeNull().ShouldBe(node.Chain);
        node.ChainKind.ShouldBe("none");
        _log.Count("This network has no chain").ShouldBe(1);
        Should.Throw<InvalidOperationException>(node.RequireChain).Message.ShouldContain("nothing is paid");
        await node.Wallet.SendAsync(new WalletMessage(Contract, Coins.FromTon(1)), default).WaitAsync(Patience);
    }

    [Fact]
    public async Task Node_does_not_start_when_file_or_root_address_is_none()
    {
        var options = Join(new TestNodeOptions());
        options.Network.FixedRegistry = "/nowhere/registry.json";
        (await Should.ThrowAsync<ConfigurationException>(StartAsync())).Message.ShouldContain("/nowhere/registry.json");
        options.Network.FixedRegistry = FixedRegistryTests.Sample;
        options.Network.RootContract = "EQnonsense";
        (await Should.ThrowAsync<ConfigurationException>(StartAsync())).Message.ShouldContain("'EQnonsense'");

        Task<NodeRuntime> StartAsync() => NodeRuntime.StartAsync(options, _time, _log, default);
    }

    private static TonAddress Numbered(int number) => new(0, Bits256.Sha256(BitConverter.GetBytes(number)));

    private static async Task<uint> SeqnoAsync(FixedChain chain, TonAddress wallet) =>
        CocoonWalletState.Decode((await chain.GetAccountAsync(wallet, default)).Data!).Seqno;

    private TestNodeOptions Join(TestNodeOptions options)
    {
        TestNetwork.Join(options, _temp.Path);
        options.Network.TonCenterUrl = null;
        options.Network.FixedRegistry = FixedRegistryTests.Sample;
        return options;
    }

    private NodeWallet Open(FixedChain chain)
    {
        var key = Ed25519PrivateKey.FromSeed(Seed);
        chain.PresumeWallet(key.PublicKey, TestNetwork.Owner);
        return new NodeWallet(key, TestNetwork.Owner, chain, new StateFolder(_temp.Path), TimeSpan.FromSeconds(1), _time, _log);
    }
}
