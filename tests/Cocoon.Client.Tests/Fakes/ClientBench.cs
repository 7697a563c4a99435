using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cocoon.Attestation;
using Cocoon.Client.Configuration;
using Cocoon.Client.Gateway;
using Cocoon.Client.Payments;
using Cocoon.Client.Proxies;
using Cocoon.Client.Telemetry;
using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Codes;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Node.Configuration;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Protocol.Sessions;
using Cocoon.Testing;
using Cocoon.Ton;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Client.Tests.Fakes;

/// <summary>A client with a real gateway, real sessions and real channels; the chain, the wallet and the proxies are the test's.</summary>
internal sealed class ClientBench : IAsyncDisposable
{
    public const string Secret = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    public static readonly TonAddress Root = new(0, Bits256.Sha256("root"u8));
    public static readonly Bits256 Image = Bits256.Sha256("image"u8);
    public static readonly TimeSpan Guard = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("cocoon-client");
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _serving = [];
    private readonly List<Session> _sessions = [];
    private GatewayServer? _gateway;

    public ClientBench(Action<ClientOptions>? configure = null)
    {
        Options = new ClientOptions { GatewayPort = 0 };
        configure?.Invoke(Options);
        Registry = new NetworkRegistry
        {
            Owner = Root,
            Version = 3,
            ProxyImageHashes = [Image],
            WorkerImageHashes = [Image],
            Parameters = Parameters(),
            Proxies = [Proxy(1)],
        };
        Chain = new FakeChain(Time);
        Wallet = new FakeWallet(Chain);
        Folder = new StateFolder(_directory.FullName);
        Budget = new TopUpBudget(Folder, Coins.FromTon(Options.BudgetTon));
        Channels = NewChannels();
        Pool = new ProxyPool(Time);
        Models = new ModelCatalog(Pool, Time, NullLogger<ModelCatalog>.Instance);
        Services = new ClientServices
        {
            Options = Options,
            Registry = () => Registry,
            RootContract = Root,
            Wallet = Wallet,
            Channels = Channels,
            Metrics = Metrics,
            Time = Time,
            Loggers = NullLoggerFactory.Instance,
            Jitter = (least, _) => least,
        };
    }

    public ClientOptions Options { get; }

    public NetworkRegistry Registry { get; set; }

    public ManualTimeProvider Time { get; } = new();

    public FakeChain Chain { get; }

    public FakeWallet Wallet { get; }

    public StateFolder Folder { get; }

    public TopUpBudget Budget { get; }

    public PaymentChannels Channels { get; }

    public ProxyPool Pool { get; }

    public ModelCatalog Models { get; }

    public ClientMetrics Metrics { get; } = new();

    public ClientServices Services { get; }

    public HttpClient Http { get; } = new() { Timeout = Guard };

    public static NetworkParameters Parameters(uint version = 1) => new()
    {
        Version = version,
        UniqueId = 13,
        IsTest = true,
        Price = new TokenPrice(20),
        WorkerFee = new TokenPrice(18),
        ProxyCloseDelay = TimeSpan.FromSeconds(600),
        ClientCloseDelay = TimeSpan.FromSeconds(300),
        ProxyCode = ContractCodes.Proxy,
        WorkerCode = ContractCodes.Worker,
        ClientCode = ContractCodes.Client,
    };

    public static RegisteredProxy Proxy(uint seqno)
    {
        var endpoint = new ProxyEndpoint("127.0.0.1", (ushort)(11100 + seqno));
        return new RegisteredProxy(seqno, endpoint, endpoint);
    }

    /// <summary>The hash of the secret for one proxy.</summary>
    public static Bits256 SecretHash(TonAddress proxyContract) => Bits256.Sha256(Encoding.ASCII.GetBytes(
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.ASCII.GetBytes(Secret), Encoding.ASCII.GetBytes(proxyContract.ToRaw())))));

    public PaymentServices PaymentServices() => new()
    {
        Wallet = Wallet,
        Chain = Chain,
        Budget = Budget,
        MasterSecret = Secret,
        AutomaticTopUp = Options.AutomaticTopUp,
        ParametersVersion = () => Registry.Parameters.Version,
        Poll = TimeSpan.FromSeconds(2),
        Text = address => address.ToFriendly(false, false),
        Time = Time,
        Loggers = NullLoggerFactory.Instance,
    };

    public PaymentChannels NewChannels() => new(PaymentServices(), Folder);

    /// <summary>The evidence of the connections; null where there is none, as behind a router.</summary>
    public FakeExchange? Exchange { get; set; } = new();

    /// <summary>A proxy that knows this client, so that authorisation is short; its contract stands on chain.</summary>
    public FakeProxy NewProxy(bool known = true)
    {
        var proxy = new FakeProxy(Registry.Parameters, Root);
        if (known)
            proxy.SecretHash = SecretHash(proxy.Contract.Address);
        Chain.Set(proxy.Contract.Address, Coins.FromTon(100), proxy.Contract.InitialState.ToCell());
        Chain.Registered = _ => proxy.ClientRegistered();
        if (known)
        {
            Chain.Set(
                proxy.Channel.Address, Coins.FromTon(1),
                (proxy.Channel.InitialState with { Balance = Coins.FromTon(1), SecretHash = SecretHash(proxy.Contract.Address) }).ToCell());
        }
        return proxy;
    }

    /// <summary>Connects the client to a proxy. The task ends when the client's side of the connection does.</summary>
    public async Task<Task> ConnectAsync(FakeProxy proxy, PeerEvidence? evidence = null, uint seqno = 1)
    {
        evidence ??= new PeerEvidence(EvidenceKind.FakeTdx, Image, proxy.Key.PublicKey, default);
        var pipes = new DuplexPipePair();
        var accepting = Session.AcceptAsync(pipes.Right, new SessionOptions(), proxy, Time, _stopping.Token);
        var serving = ProxySession.ServeAsync(Services, Pool, Proxy(seqno), pipes.Left, evidence, Exchange, _stopping.Token);
        lock (_serving) _serving.Add(serving);
        if (await Task.WhenAny(accepting, serving).WaitAsync(Guard) == accepting)
            _sessions.Add(await accepting);
        return serving;
    }

    /// <summary>Connects the client to a peer of which the test plays every packet.</summary>
    public async Task<(RawPeer Peer, Task Serving)> ConnectRawAsync(Ed25519PublicKey key)
    {
        var pipes = new DuplexPipePair();
        var accepting = RawPeer.AcceptAsync(pipes.Right);
        var serving = ProxySession.ServeAsync(
            Services, Pool, Proxy(1), pipes.Left, new PeerEvidence(EvidenceKind.FakeTdx, Image, key, default), Exchange, _stopping.Token);
        lock (_serving) _serving.Add(serving);
        return (await accepting, serving);
    }

    public async Task<ProxySession> ReadyAsync(int count = 1)
    {
        await UntilAsync(() => Pool.Sessions.Count(session => session.State == ProxySessionState.Ready) == count);
        return Pool.Sessions[^1];
    }

    public async Task<FakeProxy> StartAsync(Action<FakeProxy>? configure = null)
    {
        await StartGatewayAsync();
        var proxy = NewProxy();
        configure?.Invoke(proxy);
        await ConnectAsync(proxy);
        await ReadyAsync();
        return proxy;
    }

    public async Task StartGatewayAsync()
    {
        _gateway = await GatewayServer.StartAsync(Services, Pool, Models, IPAddress.Loopback, default);
        Http.BaseAddress = _gateway.Url;
    }

    public Task<HttpResponseMessage> ChatAsync(string more = "", CancellationToken cancellationToken = default) =>
        PostAsync("/v1/chat/completions", $$"""{"model":"m","messages":[]{{more}}}""", cancellationToken);

    public async Task<HttpResponseMessage> PostAsync(string path, string body, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>Checks that a response is an error in OpenAI's shape, and gives its message.</summary>
    public static async Task<string> ErrorAsync(HttpResponseMessage response, int status, string code)
    {
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, text);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        var error = JsonDocument.Parse(text).RootElement.GetProperty("error");
        error.EnumerateObject().Select(property => property.Name).ShouldBe(["message", "type", "param", "code"]);
        error.GetProperty("code").GetString().ShouldBe(code, text);
        error.GetProperty("type").GetString().ShouldNotBeNullOrEmpty();
        return error.GetProperty("message").GetString()!;
    }

    /// <summary>Waits for something that other threads do.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        using var guard = new CancellationTokenSource(Guard);
        while (!condition())
        {
            guard.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        await _stopping.CancelAsync();
        foreach (var session in _sessions) await session.DisposeAsync();
        await Task.WhenAll(_serving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Channels.DisposeAsync();
        Models.Dispose();
        Metrics.Dispose();
        _stopping.Dispose();
        _directory.Delete(recursive: true);
    }
}
