using System.Collections.Immutable;
using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Proxy.Ledger;
using Cocoon.Proxy.Tests;

namespace Cocoon.Fuzz.Targets;

/// <summary>A proxy, attacked by its workers.</summary>
internal sealed class ProxyWorkerSide : ProxyTarget
{
    private const int Number = 1;
    private Task<ITlObject>? _request;
    private bool _newest;

    public override string Role => "proxy, from its workers";

    public override ImmutableArray<string> States { get; } = ["connecting", "introducing", "proving", "comparing", "comparing extended", "finishing", "ready", "running"];

    public static async Task<ProxyWorkerSide> CreateAsync()
    {
        var target = new ProxyWorkerSide();
        await target.StartAsync();
        var (id, tokens) = (HostileLink.AnyRequest, new TokensUsed(3, 0, 4, 0, 7));
        var head = TlSerializer.Serialize(new HttpResponse("HTTP/1.1", 200, "OK", [new HttpHeader("A", "b")], default));
        var final = new ProxyQueryFinalInfo(tokens, """{"a":1}""", 1, 2);
        target.Samples =
        [
            .. Common(),
            Query(new WorkerConnectToProxy(Worker(Number, TestProxy.ModelText))),
            Query(new WorkerConnectToProxy(Worker(Number, TestProxy.ModelText, ProtocolVersions.FreshEvidence))),
            Query(HostileLink.Evidence),
            Query(new AttestationProve(Bits256.Zero)),
            Query(new WorkerCompareBalanceWithProxy(0, 0, 0)),
            Query(new WorkerCompareBalanceWithProxy(0, 0, 9)),
            Query(new WorkerExtendedCompareBalanceWithProxy(0, default)),
            Query(new WorkerProxyHandshakeComplete(false)),
            Query(new WorkerUpdatePaymentStatus()),
            Query(new ClientConnectToProxy(Known(Number), 5)),
            Message(new WorkerEnabledDisabled(0)),
            Message(new WorkerNewCoefficient(1500)),
            Message(new ProxyQueryAnswerEx(id, head, null)),
            Message(new ProxyQueryAnswerEx(id, head, final)),
            Message(new ProxyQueryAnswerPartEx(id, "data: 1\n\n"u8.ToArray(), null)),
            Message(new ProxyQueryAnswerPartEx(id, "data: 2\n\n"u8.ToArray(), final)),
            Message(new ProxyQueryAnswerErrorEx(id, 602, "no", final)),
            Message(new ProxyQueryAnswerErrorEx(id, 602, "no", null)),
            Message(new ProxyQueryAnswer(head, false, id, tokens)),
            Message(new ProxyQueryAnswer(head, true, id, tokens)),
            Message(new ProxyQueryAnswerPart("x"u8.ToArray(), false, id, tokens)),
            Message(new ProxyQueryAnswerPart("x"u8.ToArray(), true, id, tokens)),
            Message(new ProxyQueryAnswerError(651, "later", id, tokens)),
            Message(new ProxyQueryAnswerPartError(651, "later", id, tokens)),
            Message(Ask("good", id)),
            Message(new ProxySignedPayment(new byte[40])),
        ];
        return target;
    }

    public override async Task<HostileLink> OpenAsync(string state)
    {
        // Before anybody is there to whom that request could go next.
        await ClientHeardAsync();
        var link = Attack(client: false);
        var step = States.IndexOf(state);
        if (step >= 1) await link.DialAsync();
        // Half of them speak the newest version to the end.
        var newest = state == "proving" || _newest ? ProtocolVersions.FreshEvidence : ProtocolVersions.Timings;
        _newest = !_newest;
        if (step >= 2) await link.AskAsync(new WorkerConnectToProxy(Worker(Number, TestProxy.ModelText, newest)));
        if (step >= 3 && newest == ProtocolVersions.FreshEvidence) await link.AskAsync(HostileLink.Evidence);
        if (step >= 4)
        {
            var earned = Proxy.Ledger.Read(LedgerSide.Worker, Some.Address(Number)).Max.Value;
            await link.AskAsync(new WorkerCompareBalanceWithProxy(0, 0, state == "comparing extended" ? earned + 100 : 0));
        }
        if (step >= 6) await link.AskAsync(new WorkerProxyHandshakeComplete(false));
        link.UseRequest(Bits256.Random());
        if (state != "running") return link;
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            await ClientHeardAsync();
            var request = Bits256.Random();
            _request = Answered(request);
            await Client.SendAsync(Ask(TestProxy.Model, request));
            if (await Task.WhenAny(link.UntilRequestAsync(), _request) != _request) return link;
            // A worker gets requests from when its handshake's last answer is out, which is a moment after it has that answer.
        }
        throw new FuzzException("a request did not reach a worker that is ready");
    }

    public override async Task CheckAsync()
    {
        await ClientHeardAsync();
        await base.CheckAsync();
    }

    // Whatever becomes of a worker, the client hears how its request ended.
    private async Task ClientHeardAsync()
    {
        try
        {
            if (_request is { } request) await request.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            throw new FuzzException("a client never hears how its request ended");
        }
    }
}
