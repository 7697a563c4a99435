using System.Net;
using Cocoon.Attestation;
using Cocoon.Node.Connections;
using Cocoon.Node.Connections.Transports;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Testing;
using Microsoft.AspNetCore.Connections;

namespace Cocoon.Node.Tests.Connections.Transports;

public sealed class PlainTransportTests
{
    [Fact]
    public async Task Bytes_pass_as_they_are_between_programs_of_one_machine_which_are_unattested()
    {
        using IPeerTransport transport = new PlainTransport();
        using var log = new LogList();
        var limiter = new ConnectionLimiter(10, 10, 0, TimeProvider.System);
        EvidenceKind? accepted = null, dialled = null;
        await using var listener = await PeerListener.StartAsync(
            new IPEndPoint(IPAddress.Loopback, 0),
            transport.Accept(new AcceptTerms("any", 20, limiter), async connection =>
            {
                accepted = connection.Features.Get<PeerEvidence>()!.Kind;
                await connection.Transport.Output.WriteAsync("hello"u8.ToArray());
            }),
            transport.PortLimiter(limiter), log, default);
        using var dialler = new PeerDialler(transport.Dial("any", async connection =>
        {
            dialled = connection.Features.Get<PeerEvidence>()!.Kind;
            (await connection.Transport.Input.ReadAtLeastAsync(5)).Buffer.FirstSpan.SequenceEqual("hello"u8).ShouldBeTrue();
        }), Eventually.Patience, log, TimeProvider.System)
        { Via = transport.Via };
        await dialler.RunAsync("127.0.0.1", listener.EndPoint.Port, default).WaitAsync(Eventually.Patience);
        (accepted, dialled).ShouldBe((EvidenceKind.None, EvidenceKind.None));
    }

    [Fact]
    public void Peer_on_another_machine_is_refused()
    {
        using IPeerTransport transport = new PlainTransport();
        var connection = new DefaultConnectionContext("1", new DuplexPipePair().Left, new DuplexPipePair().Left) { RemoteEndPoint = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 1) };
        Should.Throw<IOException>(() => transport.Dial("any", _ => Task.CompletedTask)(connection)).Message.ShouldContain("found a peer at 192.0.2.1:1");
    }
}
