using System.Collections.Immutable;
using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;

namespace Cocoon.Fuzz.Targets;

/// <summary>A proxy, attacked by its clients.</summary>
internal sealed class ProxyClientSide : ProxyTarget
{
    private const int KnownClient = 1;
    private const int UnknownClient = 2;
    private bool _newest;

    public override string Role => "proxy, from its clients";

    public override ImmutableArray<string> States { get; } = ["connecting", "introducing", "proving", "authorizing", "registering", "ready", "running"];

    public static async Task<ProxyClientSide> CreateAsync()
    {
        var target = new ProxyClientSide();
        await target.StartAsync();
        target.PutClient(KnownClient, Bits256.Sha256(Secret));
        target.Samples =
        [
            .. Common(),
            Query(new ClientConnectToProxy(Known(KnownClient), 5)),
            Query(new ClientConnectToProxy(Known(UnknownClient), 0)),
            Query(new ClientConnectToProxy(Known(KnownClient, ProtocolVersions.FreshEvidence), 5)),
            Query(HostileLink.Evidence),
            Query(new AttestationProve(Bits256.Zero)),
            Query(new ClientAuthorizeWithProxyShort(Secret)),
            Query(new ClientAuthorizeWithProxyLong()),
            Query(new ClientUpdatePaymentStatus()),
            Query(new ClientGetWorkerTypes()),
            Query(new ClientGetWorkerTypesV2()),
            Query(new ClientRequestRefund()),
            Query(new WorkerConnectToProxy(Worker(KnownClient, GoodModel))),
            Message(Ask("good", HostileLink.AnyRequest)),
            Message(new ClientRunQuery("good", Request, 4000, 1000, 60, HostileLink.AnyRequest, 5)),
            Message(Ask("no such model", HostileLink.AnyRequest)),
            Message(new ProxyQueryAnswerEx(HostileLink.AnyRequest, default, null)),
            Message(new ProxyClientRequestPayment(HostileLink.AnyRequest, new ProxySignedPaymentEmpty(), 1, 2, 3)),
            Answer(new ClientPaymentStatus(new ProxySignedPaymentEmpty(), 1, 2)),
        ];
        return target;
    }

    public override async Task<HostileLink> OpenAsync(string state)
    {
        if (state == "running") Hold();
        var link = Attack(client: true);
        var step = States.IndexOf(state);
        if (step >= 1) await link.DialAsync();
        // Half of them speak the newest version to the end.
        var newest = state == "proving" || _newest ? ProtocolVersions.FreshEvidence : ProtocolVersions.Timings;
        _newest = !_newest;
        if (step >= 2) await link.AskAsync(new ClientConnectToProxy(Known(state == "registering" ? UnknownClient : KnownClient, newest), 5));
        if (step >= 3 && newest == ProtocolVersions.FreshEvidence) await link.AskAsync(HostileLink.Evidence);
        if (step >= 5) await link.AskAsync(new ClientAuthorizeWithProxyShort(Secret));
        link.UseRequest(Bits256.Random());
        if (state != "running") return link;
        var request = Bits256.Random();
        link.UseRequest(request);
        await link.SendAsync(new TcpPacket(TlSerializer.Serialize(Ask("good", request))));
        return link;
    }
}
