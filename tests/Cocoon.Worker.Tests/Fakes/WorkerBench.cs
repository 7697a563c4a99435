using System.Collections.Concurrent;
using Cocoon.Attestation;
using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Registry;
using Cocoon.Contracts.Vouchers;
using Cocoon.Cryptography;
using Cocoon.Inference;
using Cocoon.Node;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Testing;
using Cocoon.Ton;
using Cocoon.Worker.Configuration;
using Cocoon.Worker.Earnings;
using Cocoon.Worker.Requests;
using Cocoon.Worker.Sessions;
using Microsoft.Extensions.Logging;

namespace Cocoon.Worker.Tests.Fakes;

/// <summary>A worker with its real runtime, sessions and accounts; the chain, the engine and the proxies are the test's.</summary>
internal sealed class WorkerBench : IAsyncDisposable
{
    public static readonly Bits256 Image = Bits256.Sha256("image"u8);

    // Virtual time passes faster than signs of life do.
    private static readonly SessionOptions Lasting = new() { DeadPeerTimeout = TimeSpan.FromHours(1) };

    private readonly TempFolder _folder = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Session> _sessions = [];
    private readonly List<Task> _serving = [];

    public WorkerBench()
    {
        Chain = new FakeChain(Time);
        Registry = TestNetwork.Registry() with { ProxyImageHashes = [Image] };
    }

    public ManualTimeProvider Time { get; } = new();

    public FakeChain Chain { get; }

    public LogList Log { get; } = new();

    public FakeEngine Engine { get; } = new();

    /// <summary>Takes the place of <see cref="Engine"/> when the worker starts.</summary>
    public IEngine? OtherEngine { get; set; }


    public NetworkRegistry Registry { get; set; }

    public WorkerOptions Options { get; } = new() { Model = "m@commit:hash", MaxActiveRequests = 2, PayoutThresholdTon = 1 };

    public WorkerCore Core { get; private set; } = null!;

    public Cashier Cashier { get; private set; } = null!;

    /// <summary>Starts the worker, or starts it again over the same folder.</summary>
    public async Task StartAsync()
    {
        if (Core is not null)
            await Core.Node.DisposeAsync();
        Chain.Set(TestNetwork.Root, Coins.FromTon(1), Registry.ToCell());
        var node = await NodeRuntime.StartAsync(TestNetwork.Join(Options, _folder.Path), Chain, Time, Log, default);
        Chain.Set(node.Wallet.Address, Coins.FromTon(100), Chain.Data(node.Wallet.Address));
        var runner = new RequestRunner(OtherEngine ?? Engine, "m", Options.MaxActiveRequests, Time, Log.CreateLogger<RequestRunner>());
        Core = new WorkerCore(node, Options, Engine, runner, new ProxyAccounts(node.Owner, node.Folder, Log.CreateLogger<ProxyAccounts>())) { EngineHealthy = true };
        Cashier = new Cashier(node, Core.Accounts, Options, Log.CreateLogger<Cashier>());
    }

    /// <summary>Connects the worker to a proxy; the task ends as its side of the session does.</summary>
    public async Task<(ProxySession Session, Task Serving)> ConnectAsync(ScriptedProxy proxy, Bits256? image = null)
    {
        var pipes = new DuplexPipePair();
        var handler = NewSession(image ?? Image, proxy.Key.PublicKey);
        var accepting = Session.AcceptAsync(pipes.Right, Lasting, proxy, Time, _stopping.Token);
        await Session.ConnectAsync(pipes.Left, Lasting, handler, Time, _stopping.Token).WaitAsync(Eventually.Patience);
        _sessions.Add(await accepting.WaitAsync(Eventually.Patience));
        var serving = handler.RunAsync(_stopping.Token);
        _serving.Add(serving);
        return (handler, serving);
    }

    /// <summary>Connects the worker to a peer of which the test plays every packet.</summary>
    public async Task<(ProxySession Session, Task Serving, RawPeer Peer)> ConnectRawAsync(SessionOptions? options = null)
    {
        var pipes = new DuplexPipePair();
        var handler = NewSession(Image, default);
        var accepting = RawPeer.AcceptAsync(pipes.Right);
        _sessions.Add(await Session.ConnectAsync(pipes.Left, options ?? new SessionOptions(), handler, Time, _stopping.Token).WaitAsync(Eventually.Patience));
        var serving = handler.RunAsync(_stopping.Token);
        _serving.Add(serving);
        return (handler, serving, await accepting);
    }

    public async Task<(ProxySession Session, Task Serving)> ReadyAsync(ScriptedProxy proxy)
    {
        var (session, serving) = await ConnectAsync(proxy);
        await Eventually.UntilAsync(() => session.Ready || serving.IsCompleted);
        if (serving.IsCompleted)
            await serving;
        return (session, serving);
    }

    /// <summary>The evidence of the connections; null where there is none, as behind a router.</summary>
    public FakeExchange? Exchange { get; set; } = new();

    public ScriptedProxy NewProxy() => new(Registry.Parameters);

    /// <summary>
    /// Lets time pass after each side has heard of the other. Were it to pass by itself it would outrun a thread that has no turn, and the
    /// sessions would take each other for dead.
    /// </summary>
    public async Task PassWithSignsAsync(ScriptedProxy proxy, TimeSpan span)
    {
        // Workers answer no queries; the refusal is a sign of life.
        await Should.ThrowAsync<SessionQueryException>(proxy.Session.QueryAsync(new WorkerUpdatePaymentStatus(), Eventually.Patience, default));
        await Task.Run(() => Time.Advance(span));
    }

    private ProxySession NewSession(Bits256 image, Ed25519PublicKey key) =>
        new(Core, TestNetwork.Proxy(1, 1111), new PeerEvidence(EvidenceKind.FakeTdx, image, key, default), Exchange);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        foreach (var session in _sessions) await session.DisposeAsync();
        await Task.WhenAll(_serving).WaitAsync(Eventually.Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Core is not null)
            await Core.Node.DisposeAsync();
        _stopping.Dispose();
        Log.Dispose();
        _folder.Dispose();
    }
}
