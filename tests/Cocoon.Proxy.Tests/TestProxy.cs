using System.Collections.Immutable;
using Cocoon.Attestation;
using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Node.Configuration;
using Cocoon.Node.Registry;
using Cocoon.Protocol.Sessions;
using Cocoon.Proxy.Configuration;
using Cocoon.Proxy.Ledger;
using Cocoon.Proxy.Relay;
using Cocoon.Proxy.Routing;
using Cocoon.Proxy.Sessions;
using Cocoon.Proxy.Settlement;
using Cocoon.Testing;
using Cocoon.Ton;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Proxy.Tests;

/// <summary>A proxy without ports: everything real but the chain and the clock.</summary>
internal sealed class TestProxy : IAsyncDisposable
{
    public const string Model = "qwen";
    public const string ModelText = "qwen@1234:abcd";
    public static readonly TonAddress Root = Some.Address(500);
    public static readonly TonAddress Wallet = Some.Address(501);
    public static readonly Bits256 WorkerImage = Bits256.Sha256("worker image"u8);

    private readonly TempFolder _folder;
    private readonly Ed25519PrivateKey _key;
    private readonly CancellationTokenSource _stopping = new();
    private bool _restarted;

    private TestProxy(ProxyOptions options, NetworkParameters parameters, TestProxy? former)
    {
        _folder = former?._folder ?? new TempFolder();
        _key = former?._key ?? Ed25519PrivateKey.Generate();
        Chain = former?.Chain ?? new FakeChain();
        Options = options;
        Identity = new ProxyIdentity(parameters, Some.Address(502), _key, Root);
        Ledger = ProxyLedger.Open(_folder.File("ledger.sqlite"), Identity.Contract.Address);
        Channels = new ClientChannels(Identity, Chain);
        Vouchers = new VoucherBook(Identity, Ledger, Wallet);
        Pool = new WorkerPool(options.WorkerSelection, Time);
    }

    public ManualTimeProvider Time { get; } = new();

    public FakeChain Chain { get; }

    public ProxyOptions Options { get; }

    public ProxyIdentity Identity { get; }

    public ProxyLedger Ledger { get; }

    public ClientChannels Channels { get; }

    public VoucherBook Vouchers { get; }

    public WorkerPool Pool { get; }

    public RequestRelay Relay { get; private set; } = null!;

    public ProxyCore Core { get; private set; } = null!;

    public PeerSessions Sessions { get; private set; } = null!;

    public static async Task<TestProxy> StartAsync(Action<ProxyOptions>? configure = null, NetworkParameters? parameters = null)
    {
        var options = new ProxyOptions { Network = new NetworkOptions { RootContract = Root.ToRaw(), Test = true } };
        configure?.Invoke(options);
        return await StartAsync(options, parameters ?? Some.Parameters, null);
    }

    /// <summary>The same proxy after it was killed: its folder, its key and the chain, and nothing of its memory.</summary>
    public async Task<TestProxy> RestartAsync(NetworkParameters? parameters = null)
    {
        _restarted = true;
        await Ledger.DisposeAsync();
        return await StartAsync(Options, parameters ?? Identity.Parameters, this);
    }

    private static async Task<TestProxy> StartAsync(ProxyOptions options, NetworkParameters parameters, TestProxy? former)
    {
        var proxy = new TestProxy(options, parameters, former);
        var registry = new NetworkRegistry
        {
            Owner = null,
            Version = 5,
            WorkerImageHashes = ImmutableSortedSet.Create(WorkerImage),
            ModelHashes = ImmutableSortedSet.Create(NetworkRegistry.ModelHash(Model)),
            Parameters = proxy.Identity.Parameters,
        };
        proxy.Chain.Set(Root, registry.ToCell());
        var monitor = await RegistryMonitor.StartAsync(proxy.Chain, options.Network, proxy.Time, NullLoggerFactory.Instance, default);
        proxy.Relay = new RequestRelay(
            proxy.Identity, proxy.Ledger, proxy.Channels, proxy.Vouchers, proxy.Pool, monitor, options, proxy.Time, NullLogger<RequestRelay>.Instance);
        proxy.Core = new ProxyCore(
            options, monitor, proxy.Identity, proxy.Ledger, proxy.Channels, proxy.Vouchers, new Registrations(), proxy.Pool, proxy.Relay, proxy.Time,
            proxy._stopping.Token);
        proxy.Sessions = new PeerSessions(proxy.Core, NullLogger<Session>.Instance);
        return proxy;
    }

    /// <summary>Puts a client's channel on the chain, with credit for as many tokens as the stake and the balance buy.</summary>
    public ClientContractState PutClient(
        TonAddress client, long tokens = 1_000_000, Bits256 secretHash = default, ContractPhase phase = ContractPhase.Normal, long used = 0)
    {
        var state = Identity.Client(client).InitialState with
        {
            Phase = phase,
            Balance = Identity.Parameters.Price.Cost(Some.Tokens(tokens)),
            Stake = Identity.Parameters.Price.Cost(Some.Tokens(tokens)),
            SecretHash = secretHash,
            TokensUsed = Some.Tokens(used),
        };
        Chain.Set(Identity.Client(client).Address, state.ToCell());
        return state;
    }

    public async Task<FakeClient> AddClientAsync(int number = 1, int version = 2, long tokens = 1_000_000)
    {
        var client = new FakeClient(Some.Address(number), version);
        PutClient(client.Owner, tokens);
        await Channels.RefreshAsync(client.Owner, default);
        return client;
    }

    public FakeWorker AddWorker(int number, int coefficient = 1000, int limit = 10, int version = 2, bool enabled = true, string model = ModelText)
    {
        var worker = new FakeWorker(Some.Address(number));
        worker.Connection = new WorkerConnection(
            worker.Owner, model, new Coefficient(coefficient), limit, version, PeerEvidence.Unattested(default), worker);
        worker.Connection.Enabled = enabled;
        Pool.Add(worker.Connection);
        return worker;
    }

    /// <summary>What the pool knows of a worker.</summary>
    public WorkerConnection Worker(TonAddress owner) => Pool.Snapshot().Values.SelectMany(workers => workers).Single(worker => worker.Owner == owner);

    public void Stop() => _stopping.Cancel();

    public async ValueTask DisposeAsync()
    {
        _stopping.Dispose();
        if (_restarted)
            return;
        await Ledger.DisposeAsync();
        _key.Dispose();
        _folder.Dispose();
    }
}
