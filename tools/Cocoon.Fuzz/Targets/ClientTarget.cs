using System.Collections.Immutable;
using System.Net;
using Cocoon.Attestation;
using Cocoon.Client.Gateway;
using Cocoon.Client.Proxies;
using Cocoon.Client.Tests.Fakes;
using Cocoon.Contracts.Vouchers;
using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Testing;

namespace Cocoon.Fuzz.Targets;

/// <summary>A client, attacked by a proxy.</summary>
internal sealed class ClientTarget : Target
{
    private readonly ClientBench _bench = new(options => options.CheckProxyHashes = false);
    private Task _reading = Task.CompletedTask;

    public override string Role => "client, from a proxy";

    public override ImmutableArray<string> States { get; } = ["connecting", "introducing", "proving", "authorizing", "ready", "running"];

    public static async Task<ClientTarget> CreateAsync()
    {
        var target = new ClientTarget();
        await target._bench.StartGatewayAsync();
        await target.FillSamplesAsync();
        return target;
    }

    public override async Task<HostileLink> OpenAsync(string state)
    {
        var step = States.IndexOf(state);
        var (pipe, serving) = Serve();
        var link = new HostileLink(pipe, serving, NewProxy(), Math.Clamp(step - 1, 0, 3));
        if (step == 0) return link;
        await link.AcceptAsync();
        if (step <= 3)
        {
            await link.UntilAskedAsync();
            return link;
        }
        await UntilAsync(() => _bench.Pool.Sessions is [{ State: ProxySessionState.Ready }] || serving.IsCompleted, "the client does not become ready with a good proxy");
        link.UseRequest(Bits256.Random());
        if (state == "running")
        {
            var session = _bench.Pool.Sessions[0];
            var request = new InferenceRequest(InferenceApi.ChatCompletions, "m", """{"model":"m","messages":[]}"""u8.ToArray(), 1000, 4000, TimeSpan.FromMinutes(1), false);
            var running = await session.StartAsync(request, [], request.Timeout, default);
            link.UseRequest(running.Id);
            _reading = ReadAsync(session, running);
        }
        return link;
    }

    public override async Task CheckAsync()
    {
        await _reading.WaitAsync(Patience);
        await UntilAsync(() => _bench.Pool.Sessions.Count == 0, "a session stays in the pool whose connection is gone");
        var (pipe, serving) = Serve();
        var proxy = NewProxy();
        await using (await Session.AcceptAsync(pipe, new SessionOptions(), proxy, _bench.Time, default).WaitAsync(Patience))
        {
            await _bench.ReadyAsync().WaitAsync(Patience);
            var answering = _bench.ChatAsync();
            var request = await proxy.NextAsync();
            await proxy.StartAsync(request.RequestId, 200, "OK", "application/json", "{}", FakeProxy.Final(7));
            using var response = await answering.WaitAsync(Patience);
            if (response.StatusCode != HttpStatusCode.OK) throw new FuzzException($"a good answer reached the caller as {(int)response.StatusCode}");
        }
        await serving.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_bench.Wallet.Sent) _bench.Wallet.Sent.Clear();
    }

    public override ValueTask DisposeAsync() => _bench.DisposeAsync();

    private async Task FillSamplesAsync()
    {
        var proxy = _bench.NewProxy();
        var id = HostileLink.AnyRequest;
        var introduction = (ClientConnectedToProxy)await proxy.OnQueryAsync(new ClientConnectToProxy(new ClientParams("", true, 1, 2), 3), default);
        var voucher = new ProxySignedPayment(proxy.Sign(5).ToBytes());
        var head = FakeProxy.Response(200, "OK", "text/event-stream", "");
        Samples =
        [
            .. Common(),
            Answer(introduction),
            Answer(introduction with { SignedPayment = voucher }),
            Answer(introduction with { Params = introduction.Params with { ProtoVersion = ProtocolVersions.FreshEvidence } }),
            Answer(HostileLink.Evidence.Evidence),
            Query(new AttestationProve(Bits256.Zero)),
            Answer(new ClientAuthorizationWithProxySuccess(new ProxySignedPaymentEmpty(), 0, 0)),
            Answer(new ClientAuthorizationWithProxySuccess(voucher, 5, 5)),
            Answer(new ClientAuthorizationWithProxyFailed(602, "no")),
            Answer(new ClientPaymentStatus(voucher, 6, 7)),
            Message(new ClientQueryAnswerEx(id, head, null)),
            Message(new ClientQueryAnswerEx(id, head, FakeProxy.Final(3))),
            Message(new ClientQueryAnswerPartEx(id, "data: 1\n\n"u8.ToArray(), null)),
            Message(new ClientQueryAnswerPartEx(id, "data: 2\n\n"u8.ToArray(), FakeProxy.Final(4))),
            Message(new ClientQueryAnswerErrorEx(id, 651, "later", null)),
            Message(new ClientQueryAnswerErrorEx(id, 651, "later", FakeProxy.Final(0))),
            Message(new ClientQueryAnswer(head, false, id, FakeProxy.Tokens(0))),
            Message(new ClientQueryAnswerPart("x"u8.ToArray(), true, id, FakeProxy.Tokens(5))),
            Message(new ClientQueryAnswerError(602, "no", id, FakeProxy.Tokens(0))),
            Message(new ClientQueryAnswerPartError(602, "no", id, FakeProxy.Tokens(0))),
            Message(new ProxyClientRequestPayment(id, voucher, 6, 7, 1)),
            Message(voucher),
            Message(new ProxySignedPayment(proxy.Sign(5, VoucherKind.WorkerPayout).ToBytes())),
            Message(new ProxySignedPaymentEmpty()),
            Query(new ClientGetWorkerTypes()),
            Query(new WorkerUpdatePaymentStatus()),
        ];
    }

    private FakeProxy NewProxy()
    {
        var proxy = _bench.NewProxy();
        proxy.ProtocolVersion = ProtocolVersions.FreshEvidence;
        return proxy;
    }

    private (System.IO.Pipelines.IDuplexPipe Pipe, Task Serving) Serve()
    {
        var pipes = new DuplexPipePair();
        return (pipes.Right, ProxySession.ServeAsync(_bench.Services, _bench.Pool, ClientBench.Proxy(1), pipes.Left, PeerEvidence.Unattested(default), new FuzzExchange(), default));
    }

    // The caller of a request: hears of its end in one way or another.
    private static async Task ReadAsync(ProxySession session, RunningRequest running)
    {
        try
        {
            while (await running.ReadAsync(default) is not null)
            {
            }
        }
        catch (Exception exception) when (exception is SessionLostException or AnswerOverflowException or ProxyFaultException)
        {
            // The three ends that a caller is told of.
        }
        finally
        {
            session.Forget(running);
        }
    }
}
