using System.Collections.Immutable;
using System.Text;
using Cocoon.Attestation;
using Cocoon.Contracts.Vouchers;
using Cocoon.Cryptography;
using Cocoon.Node;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Testing;
using Cocoon.Ton;
using Cocoon.Worker;
using Cocoon.Worker.Configuration;
using Cocoon.Worker.Earnings;
using Cocoon.Worker.Requests;
using Cocoon.Worker.Sessions;
using Cocoon.Worker.Tests.Fakes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Fuzz.Targets;

/// <summary>A worker, attacked by a proxy.</summary>
internal sealed class WorkerTarget : Target
{
    private readonly TempFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly WorkerOptions _options = new() { Model = "m@commit:hash", MaxActiveRequests = 64, CheckProxyHashes = false };
    private WorkerCore _core = null!;

    public override string Role => "worker, from a proxy";

    public override ImmutableArray<string> States { get; } = ["connecting", "introducing", "proving", "comparing", "finishing", "ready", "running"];

    public static async Task<WorkerTarget> CreateAsync()
    {
        var target = new WorkerTarget();
        await target.StartAsync();
        return target;
    }

    public override async Task<HostileLink> OpenAsync(string state)
    {
        var step = States.IndexOf(state);
        var (pipe, serving) = Serve();
        var link = new HostileLink(pipe, serving, NewProxy(), Math.Clamp(step - 1, 0, 4));
        if (step == 0) return link;
        await link.AcceptAsync();
        if (step <= 4)
        {
            await link.UntilAskedAsync();
            return link;
        }
        await link.IsAliveAsync();
        link.UseRequest(Bits256.Random());
        if (state == "running") await link.SendAsync(new TcpPacket(TlSerializer.Serialize(Request(HostileLink.AnyRequest, FuzzEngine.Wait))));
        return link;
    }

    public override async Task CheckAsync()
    {
        await UntilAsync(() => _core.Runner.Active == 0, "requests run whose connection is gone");
        var (pipe, serving) = Serve();
        var proxy = NewProxy();
        await using (await Session.AcceptAsync(pipe, new SessionOptions(), proxy, _time, default).WaitAsync(Patience))
        {
            await UntilAsync(() => proxy.Asked.Length >= 4 || serving.IsCompleted, "the worker does not shake hands with a good proxy");
            await proxy.SendAsync(Request(Bits256.Random(), "hello"));
            if (await proxy.NextAsync() is not ProxyQueryAnswerEx) throw new FuzzException("a good proxy's request was not answered");
            while (true)
            {
                var part = await proxy.NextAsync() as ProxyQueryAnswerPartEx ?? throw new FuzzException("a good proxy's request broke off");
                if (part.FinalInfo is not null) break;
            }
        }
        await serving.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public override async ValueTask DisposeAsync()
    {
        await _core.Node.DisposeAsync();
        _folder.Dispose();
    }

    private static ProxyRunQueryEx Request(Bits256 id, string content) => new(
        TlSerializer.Serialize(new HttpRequest(
            "POST", "/v1/chat/completions", "HTTP/1.1", [new("Content-Type", "application/json")],
            Encoding.UTF8.GetBytes($$"""{"model":"m","messages":[{"role":"user","content":"{{content}}"}]}"""))),
        new ProxySignedPaymentEmpty(), 1000, 60, id, false);

    // A proxy shows what the worker has seen before: its accounts outlive its connections.
    private ScriptedProxy NewProxy()
    {
        var proxy = new ScriptedProxy(_core.Node.Registry.Current.Registry.Parameters);
        var shown = _core.Accounts.All.Where(account => account.Channel.Address == proxy.Channel.Address)
            .Select(account => Math.Max(account.Max.Value, account.Voucher?.Tokens.Value ?? 0)).DefaultIfEmpty(0).Max();
        (proxy.Signed, proxy.Stored, proxy.Max) = (shown, shown, shown);
        var introduction = proxy.Introduce();
        proxy.Introduce = () => introduction with { Params = introduction.Params with { ProtoVersion = ProtocolVersions.FreshEvidence } };
        proxy.Status = () => new WorkerPaymentStatus(proxy.Payment(shown), shown, shown);
        return proxy;
    }

    private async Task StartAsync()
    {
        var chain = new FakeChain(_time);
        chain.Set(TestNetwork.Root, Coins.FromTon(1), TestNetwork.Registry().ToCell());
        var node = await NodeRuntime.StartAsync(TestNetwork.Join(_options, _folder.Path), chain, _time, NullLoggerFactory.Instance, default);
        var engine = new FuzzEngine();
        var runner = new RequestRunner(engine, "m", _options.MaxActiveRequests, _time, NullLogger<RequestRunner>.Instance);
        _core = new WorkerCore(node, _options, engine, runner, new ProxyAccounts(node.Owner, node.Folder, NullLogger<ProxyAccounts>.Instance)) { EngineHealthy = true };
        var proxy = NewProxy();
        var request = Request(HostileLink.AnyRequest, "hello");
        Samples =
        [
            .. Common(),
            Answer(proxy.Introduce()),
            Answer(HostileLink.Evidence.Evidence),
            Query(new AttestationProve(Bits256.Zero)),
            Answer(new WorkerCompareBalanceWithProxyResult(proxy.Payment(5), 5, 5, 0)),
            Answer(new WorkerCompareBalanceWithProxyResult(proxy.Payment(5), 5, 5, 1)),
            Answer(new WorkerExtendedCompareBalanceWithProxyResult(0)),
            Answer(new WorkerProxyHandshakeCompleted()),
            Answer(new WorkerPaymentStatus(proxy.Payment(6), 6, 6)),
            Message(request),
            Message(Request(HostileLink.AnyRequest, FuzzEngine.Wait)),
            Message(request with { EnableDebug = true }),
            Message(new ProxyRunQuery(request.Query, proxy.Payment(7), 1000, 60, HostileLink.AnyRequest)),
            Message(new ProxyWorkerRequestPayment(HostileLink.AnyRequest, proxy.Payment(8), 8, 9, 1, "")),
            Message(proxy.Payment(9)),
            Message(new ProxySignedPayment(proxy.Sign(10, kind: VoucherKind.ClientCharge).ToBytes())),
            Message(new ProxySignedPayment(proxy.Sign(10, proxy.Contract.Address).ToBytes())),
            Message(new ProxySignedPaymentEmpty()),
            Query(new WorkerUpdatePaymentStatus()),
            Query(new ClientGetWorkerTypes()),
        ];
    }

    private (System.IO.Pipelines.IDuplexPipe Pipe, Task Serving) Serve()
    {
        var pipes = new DuplexPipePair();
        return (pipes.Right, ServeAsync(pipes.Left));
    }

    private async Task ServeAsync(System.IO.Pipelines.IDuplexPipe pipe)
    {
        var handler = new ProxySession(_core, TestNetwork.Proxy(1, 1111), PeerEvidence.Unattested(default), new FuzzExchange());
        var watched = new IdleHandler(handler);
        await Session.ConnectAsync(pipe, new SessionOptions(), watched, _time, default);
        try
        {
            await handler.RunAsync(default);
        }
        finally
        {
            await watched.WhenIdleAsync();
        }
    }
}
