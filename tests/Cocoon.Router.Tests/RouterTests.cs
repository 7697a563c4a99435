using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Cocoon.Attestation;
using Cocoon.Attestation.PeerInfo;
using Cocoon.Node.Connections;
using Cocoon.Node.Connections.Transports;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Testing;
using static Cocoon.Node.Tests.Fakes.Eventually;

namespace Cocoon.Router.Tests;

/// <summary>Programs that meet through two routers: real sockets, proof of work and TLS.</summary>
public sealed class RouterTests : IAsyncDisposable
{
    private readonly RouterBench _bench = new(TimeProvider.System);

    [Fact]
    public async Task Roles_behind_routers_hold_a_session_and_know_each_other()
    {
        PeerEvidence? accepted = null;
        using var transport = Transport("127.0.0.1:1", "any");
        var sources = new ConnectionLimiter(10, 10, 0, _bench.Time);
        var terms = new AcceptTerms("any", 0, sources);
        await using var listener = await PeerListener.StartAsync(new IPEndPoint(IPAddress.Loopback, 0), transport.Accept(terms, async connection =>
        {
            accepted = connection.Features.Get<PeerEvidence>();
            await using var session = await Session.AcceptAsync(connection.Transport, new SessionOptions(), new Echo(), _bench.Time, default);
            await session.Completion;
        }), transport.PortLimiter(sources), _bench.Log, default);
        var reverse = await _bench.OpenAsync("fake_tdx", RouterBench.Reverse(listener.EndPoint, "any"));
        var socks = await _bench.OpenAsync("none", RouterBench.Socks("fake_tdx"));

        PeerEvidence? dialled = null;
        using var dialling = Transport(socks.ToString(), "fake_tdx");
        using var dialler = new PeerDialler(dialling.Dial("fake_tdx", async connection =>
        {
            dialled = connection.Features.Get<PeerEvidence>();
            await using var session = await Session.ConnectAsync(connection.Transport, new SessionOptions(), new Echo(), _bench.Time, default);
            (await session.QueryAsync(new TestQuery(7), Patience, default)).Id.ShouldBe(7);
        }), Patience, _bench.Log, _bench.Time)
        { Via = dialling.Via };
        await dialler.RunAsync("127.0.0.1", reverse.Port, default).WaitAsync(Patience);

        dialled!.Kind.ShouldBe(EvidenceKind.FakeTdx);
        dialled.ImageHash.ShouldBe(TeeMeasurements.ZeroTdx.ImageHash);
        accepted!.Kind.ShouldBe(EvidenceKind.None);
    }

    [Fact]
    public async Task Role_without_router_meets_one_behind_a_router()
    {
        var backend = _bench.Listen();
        var reverse = await _bench.OpenAsync("fake_tdx", RouterBench.Reverse((IPEndPoint)backend.LocalEndPoint!, "fake_tdx"));
        using var transport = new AttestedTlsPeer("fake_tdx", "fake_tdx", _bench);
        var dialling = transport.DialAsync(reverse, async connection => await connection.Transport.Output.WriteAsync("hello"u8.ToArray()));
        var program = await _bench.AcceptAsync(backend);
        var frame = await ReadFrameAsync(program);
        frame.Kind.ShouldBe(EvidenceKind.FakeTdx);
        frame.Source.Address.ShouldBe(IPAddress.Loopback);
        frame.Destination.ShouldBe(backend.LocalEndPoint);
        (await ReadToEndAsync(program)).ShouldBe("hello"u8.ToArray());
        program.Close();
        await dialling.WaitAsync(Patience);
    }

    [Fact]
    public async Task Side_that_ends_its_output_lets_the_other_finish()
    {
        var (client, program) = await ConnectThroughAsync();
        var (question, answer) = (RandomNumberGenerator.GetBytes(300_000), RandomNumberGenerator.GetBytes(5_000_000));
        await client.WriteAsync(question);
        client.Socket.Shutdown(SocketShutdown.Send);
        (await ReadToEndAsync(program)).ShouldBe(question);
        var answering = program.WriteAsync(answer).AsTask();
        var received = ReadToEndAsync(client);
        await answering.WaitAsync(Patience);
        program.Close();
        (await received).ShouldBe(answer);
    }

    [Fact]
    public async Task Nothing_is_lost_when_the_sender_closes_before_a_slow_reader_is_done()
    {
        var (client, program) = await ConnectThroughAsync();
        var answer = RandomNumberGenerator.GetBytes(5_000_000);
        var first = new byte[1];
        var answering = program.WriteAsync(answer).AsTask();
        await client.ReadExactlyAsync(first).AsTask().WaitAsync(Patience);
        var rest = ReadToEndAsync(client);
        await answering.WaitAsync(Patience);
        program.Close();
        byte[] received = [.. first, .. await rest];
        received.ShouldBe(answer);
    }

    [Fact]
    public async Task Local_program_never_hears_of_a_peer_that_is_refused()
    {
        var backend = _bench.Listen();
        var reverse = await _bench.OpenAsync("fake_tdx", RouterBench.Reverse((IPEndPoint)backend.LocalEndPoint!, "fake_tdx"));
        var forward = await _bench.OpenAsync("none", RouterBench.Forward(reverse, "any"));
        var client = await _bench.DialAsync(forward);
        await ReadToEndAsync(client);
        await UntilAsync(() => _bench.Log.Count("policy 'fake_tdx'") == 1);
        backend.Poll(0, SelectMode.SelectRead).ShouldBeFalse();
    }

    [Fact]
    public async Task Peer_without_wanted_evidence_is_refused_before_the_local_side_is_told_anything()
    {
        var backend = _bench.Listen();
        var reverse = await _bench.OpenAsync("none", RouterBench.Reverse((IPEndPoint)backend.LocalEndPoint!, "any"));
        var forward = await _bench.OpenAsync("none", RouterBench.Forward(reverse, "fake_tdx"));
        (await ReadToEndAsync(await _bench.DialAsync(forward))).ShouldBeEmpty();
        await UntilAsync(() => _bench.Log.Count("policy 'fake_tdx'") > 0);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    public async Task Peer_may_be_asked_for_by_name_or_address(string host)
    {
        var backend = _bench.Listen();
        var reverse = await _bench.OpenAsync("fake_tdx", RouterBench.Reverse((IPEndPoint)backend.LocalEndPoint!, "any"));
        var socks = await _bench.OpenAsync("none", RouterBench.Socks("fake_tdx"));
        var client = await _bench.DialAsync(socks);
        await AskAsync(client, host, reverse.Port);
        (await ReadFrameAsync(client)).Destination.ShouldBe(reverse);
    }

    [Fact]
    public async Task Peer_that_cannot_be_reached_closes_the_connection_after_it_was_granted()
    {
        var socks = await _bench.OpenAsync("none", RouterBench.Socks("any"));
        var client = await _bench.DialAsync(socks);
        using var nobody = new ClosedPort();
        await AskAsync(client, "127.0.0.1", nobody.EndPoint.Port);
        (await ReadToEndAsync(client)).ShouldBeEmpty();
        await UntilAsync(() => _bench.Log.Count($"Cannot connect to {nobody.EndPoint}") == 1);
    }

    [Fact]
    public async Task Connections_of_one_address_are_limited_on_a_reverse_port()
    {
        var backend = _bench.Listen();
        var reverse = await _bench.OpenAsync(
            "fake_tdx", RouterBench.Reverse((IPEndPoint)backend.LocalEndPoint!, "any"), options => options.MaxConnectionsPerAddress = 1);
        var first = await _bench.DialAsync(reverse);
        await first.ReadExactlyAsync(new byte[24]).AsTask().WaitAsync(Patience);
        (await ReadToEndAsync(await _bench.DialAsync(reverse))).ShouldBeEmpty();
        _bench.Log.Count("1 connections from 127.0.0.1 are open, 1 are allowed").ShouldBe(1);
    }

    [Fact]
    public async Task Programs_of_this_machine_share_only_the_limit_of_all_connections()
    {
        var socks = await _bench.OpenAsync("none", RouterBench.Socks("any"), options => (options.MaxConnectionsPerAddress, options.MaxConnections) = (1, 2));
        var clients = new[] { await _bench.DialAsync(socks), await _bench.DialAsync(socks) };
        foreach (var client in clients)
        {
            await client.WriteAsync(new byte[] { 5, 1, 0 });
            await client.ReadExactlyAsync(new byte[2]).AsTask().WaitAsync(Patience);
        }
        (await ReadToEndAsync(await _bench.DialAsync(socks))).ShouldBeEmpty();
        _bench.Log.Count("2 connections are open, 2 are allowed").ShouldBe(1);
    }

    [Fact]
    public async Task Stopping_ends_connections_and_frees_the_ports()
    {
        var backend = _bench.Listen();
        var router = await _bench.StartAsync("fake_tdx", null, RouterBench.Reverse((IPEndPoint)backend.LocalEndPoint!, "any"), RouterBench.Socks("any"));
        var client = await _bench.DialAsync(router.EndPoints[1]);
        await AskAsync(client, "127.0.0.1", router.EndPoints[0].Port);
        await ReadFrameAsync(client);
        await router.DisposeAsync().AsTask().WaitAsync(Patience);
        (await ReadToEndAsync(client)).ShouldBeEmpty();
        await router.Completion.WaitAsync(Patience);
        await Should.ThrowAsync<IOException>(_bench.DialAsync(router.EndPoints[1]));
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    private IPeerTransport Transport(string router, string policy)
    {
        var options = new TestNodeOptions { Transport = "router", Router = router, PeerPolicy = policy };
        options.Network.Test = true;
        return PeerTransports.Create(options, EvidenceServices.Of(options, _bench.Time), _bench.Time, _bench.Log);
    }

    /// <summary>A program that dialled and one that was dialled, with a forward and a reverse port between them and no frames.</summary>
    private async Task<(NetworkStream Client, NetworkStream Program)> ConnectThroughAsync()
    {
        var backend = _bench.Listen();
        var reverse = await _bench.OpenAsync("fake_tdx", RouterBench.Reverse((IPEndPoint)backend.LocalEndPoint!, "any", peerInfo: false));
        var forward = await _bench.OpenAsync("none", RouterBench.Forward(reverse, "fake_tdx", peerInfo: false));
        var client = await _bench.DialAsync(forward);
        return (client, await _bench.AcceptAsync(backend));
    }

    private static async Task AskAsync(NetworkStream client, string host, int port)
    {
        await client.WriteAsync(new byte[] { 5, 1, 0 });
        var choice = new byte[2];
        await client.ReadExactlyAsync(choice).AsTask().WaitAsync(Patience);
        choice.ShouldBe([5, 0]);
        byte[] address = IPAddress.TryParse(host, out var ip) ? [1, .. ip.GetAddressBytes()] : [3, (byte)host.Length, .. Encoding.ASCII.GetBytes(host)];
        await client.WriteAsync((byte[])[5, 1, 0, .. address, (byte)(port >> 8), (byte)port]);
        var reply = new byte[10];
        await client.ReadExactlyAsync(reply).AsTask().WaitAsync(Patience);
        reply[..8].ShouldBe([5, 0, 0, 1, 127, 0, 0, 1]);
    }

    private static async Task<AttestedPeerInfo> ReadFrameAsync(NetworkStream stream)
    {
        var length = new byte[4];
        await stream.ReadExactlyAsync(length).AsTask().WaitAsync(Patience);
        var body = new byte[BitConverter.ToInt32(length)];
        await stream.ReadExactlyAsync(body).AsTask().WaitAsync(Patience);
        return AttestedPeerInfo.Parse(body);
    }

    private static async Task<byte[]> ReadToEndAsync(NetworkStream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all).WaitAsync(Patience);
        return all.ToArray();
    }

    private sealed class Echo : ISessionHandler
    {
        public ValueTask<ITlObject> OnQueryAsync(ITlObject function, CancellationToken cancellationToken) =>
            ValueTask.FromResult<ITlObject>(new TestAnswer(((TestQuery)function).Id));

        public ValueTask OnMessageAsync(ITlObject message, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
