using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Cocoon.Attestation;
using Cocoon.Attestation.PeerInfo;
using Cocoon.Cryptography;
using Cocoon.Node.Connections;
using Cocoon.Node.Connections.Transports;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Testing;
using Microsoft.AspNetCore.Connections;
using static Cocoon.Node.Tests.Fakes.Eventually;

namespace Cocoon.Node.Tests.Connections.Transports;

/// <summary>A role behind a router that the test plays: real sockets, a clock that the test moves.</summary>
public sealed class RouterTransportTests : IAsyncDisposable
{
    private static readonly Ed25519PublicKey Key = new(Bits256.Sha256("peer"u8));

    private readonly ManualTimeProvider _time = new();
    private readonly LogList _log = new();
    private readonly List<IAsyncDisposable> _open = [];
    private readonly TcpListener _router = new(IPAddress.Loopback, 0);
    private string _routerAddress;

    public RouterTransportTests()
    {
        _router.Start();
        _routerAddress = _router.LocalEndpoint.ToString()!;
    }

    [Theory]
    [InlineData("any", EvidenceKind.None)]
    [InlineData("fake_tdx", EvidenceKind.FakeTdx)]
    public async Task Accepting_side_learns_from_the_frame_who_the_peer_is_and_reads_what_follows(string policy, EvidenceKind kind)
    {
        var served = new TaskCompletionSource<(PeerEvidence Peer, string Text)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var port = await ListenAsync(policy, 10, async connection =>
        {
            var read = await connection.Transport.Input.ReadAtLeastAsync(5);
            served.SetResult((connection.Features.Get<PeerEvidence>()!, System.Text.Encoding.ASCII.GetString(read.Buffer.ToArray())));
        });
        using var client = await ConnectAsync(port);
        byte[] all = [.. Frame().ToFrame(), .. "hello"u8];
        foreach (var piece in all.Chunk(7)) await client.GetStream().WriteAsync(piece);
        var (peer, text) = await served.Task.WaitAsync(Patience);
        text.ShouldBe("hello");
        peer.Kind.ShouldBe(kind);
        peer.PublicKey.ShouldBe(Key);
        peer.ImageHash.ShouldBe(kind == EvidenceKind.None ? Bits256.Zero : TeeMeasurements.ZeroTdx.ImageHash);
    }

    [Fact]
    public async Task Peer_that_the_policy_refuses_is_not_served()
    {
        var port = await ListenAsync("fake_tdx", 10, NotReached);
        using var client = await ConnectAsync(port);
        await client.GetStream().WriteAsync((Frame() with { Measurements = null }).ToFrame());
        await UntilAsync(() => _log.Count("policy 'fake_tdx': kind check: the router tells of a peer with evidence None, wanted FakeTdx.") == 1);
    }

    [Fact]
    public async Task Connections_are_counted_by_the_address_in_the_frame()
    {
        using var release = new SemaphoreSlim(0);
        var served = 0;
        var port = await ListenAsync("any", 1, async _ =>
        {
            Interlocked.Increment(ref served);
            await release.WaitAsync();
        });
        using var first = await ConnectAsync(port);
        await first.GetStream().WriteAsync(Frame("192.0.2.1").ToFrame());
        await UntilAsync(() => Volatile.Read(ref served) == 1);
        using var second = await ConnectAsync(port);
        await second.GetStream().WriteAsync(Frame("192.0.2.1").ToFrame());
        await UntilAsync(() => _log.Count("1 connections from 192.0.2.1 are open, 1 are allowed") == 1);
        using var third = await ConnectAsync(port);
        await third.GetStream().WriteAsync(Frame("192.0.2.2").ToFrame());
        await UntilAsync(() => Volatile.Read(ref served) == 2);
        release.Release(2);
    }

    [Theory]
    [InlineData(new byte[] { 0x99, 0x40, 0, 0 }, "a body of 16537 bytes, wanted at most 16536")]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff }, "a body of 4294967295 bytes")]
    [InlineData(new byte[] { 4, 0, 0, 0, 7, 0, 0, 0 }, "has_attestation 7")]
    [InlineData(new byte[] { 0, 0, 0, 0 }, "ends within has_attestation")]
    public async Task Something_else_than_a_frame_is_refused_by_its_first_bytes(byte[] bytes, string reason)
    {
        var port = await ListenAsync("any", 10, NotReached);
        using var client = await ConnectAsync(port);
        await client.GetStream().WriteAsync(bytes);
        await UntilAsync(() => _log.Count(reason) == 1 && _log.Count("Does the router write peer info") == 1);
    }

    [Fact]
    public async Task Frame_that_ends_early_or_never_comes_closes_the_connection_in_time()
    {
        var port = await ListenAsync("any", 10, NotReached);
        using (var truncated = await ConnectAsync(port))
            await truncated.GetStream().WriteAsync(Frame().ToFrame().AsMemory(0, 99));
        await UntilAsync(() => _log.Count("closed the connection after 99 bytes of the peer info frame") + _log.Count("ended") >= 1);

        using var silent = await ConnectAsync(port);
        await silent.GetStream().WriteAsync(new byte[3]);
        await _time.PassUntilAsync(() => _log.Count("The router's peer info frame was not finished within 10 s.") == 1);
    }

    [Fact]
    public async Task Dialling_side_asks_the_router_for_the_peer_and_learns_who_it_is()
    {
        PeerEvidence? peer = null;
        var dialling = DialAsync("fake_tdx", connection =>
        {
            peer = connection.Features.Get<PeerEvidence>();
            return Task.CompletedTask;
        });
        using var client = await GrantAsync();
        await client.GetStream().WriteAsync(Frame().ToFrame());
        await dialling.WaitAsync(Patience);
        peer!.Kind.ShouldBe(EvidenceKind.FakeTdx);
    }

    [Fact]
    public async Task Dialling_side_is_told_that_a_router_that_closes_after_its_grant_did_not_reach_the_peer()
    {
        var dialling = DialAsync("any", NotReached);
        (await GrantAsync()).Dispose();
        (await Should.ThrowAsync<IOException>(dialling.WaitAsync(Patience))).Message.ShouldContain("it did not reach or did not accept the peer");
    }

    [Fact]
    public async Task Dialling_side_refuses_a_peer_that_its_own_policy_refuses_whatever_the_routers_is()
    {
        var dialling = DialAsync("fake_tdx", NotReached);
        using var client = await GrantAsync();
        await client.GetStream().WriteAsync((Frame() with { CollateralRootHash = Enumerable.Repeat((byte)1, 48).ToArray() }).ToFrame());
        (await Should.ThrowAsync<IOException>(dialling.WaitAsync(Patience))).Message.ShouldContain("evidence Tdx, wanted FakeTdx");
    }

    [Fact]
    public async Task Silence_of_the_router_ends_the_attempt_in_each_phase()
    {
        var greeting = DialAsync("any", NotReached);
        using (await _router.AcceptTcpClientAsync())
        {
            // Connecting is over.
            await UntilAsync(() => _time.TimersMade == 2);
            await _time.PassUntilAsync(() => greeting.IsCompleted);
            (await Should.ThrowAsync<IOException>(greeting)).Message.ShouldBe("The router's SOCKS5 exchange was not finished within 10 s.");
        }
        var made = _time.TimersMade;
        var frame = DialAsync("any", NotReached);
        using var client = await GrantAsync();
        // One for connecting, one for SOCKS5, one for the frame.
        await UntilAsync(() => _time.TimersMade == made + 3);
        // The router may be at work: connecting, proof of work, TLS, evidence and the frame itself.
        await _time.PassUntilAsync(() => frame.IsCompleted);
        (await Should.ThrowAsync<IOException>(frame)).Message.ShouldBe("The router's peer info frame was not finished within 100 s.");
    }

    [Fact]
    public async Task Router_that_is_not_there_is_told_with_its_address()
    {
        using var closed = new ClosedPort();
        _routerAddress = closed.EndPoint.ToString();
        (await Should.ThrowAsync<IOException>(DialAsync("any", NotReached))).Message.ShouldContain($"Cannot connect to {_routerAddress}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var open in _open) await open.DisposeAsync();
        _router.Dispose();
        _log.Dispose();
    }

    private static Task NotReached(ConnectionContext connection) => throw new InvalidOperationException("must not be reached");

    private static AttestedPeerInfo Frame(string source = "192.0.2.1") => AttestedPeerInfo.Of(
        new PeerEvidence(EvidenceKind.FakeTdx, TeeMeasurements.ZeroTdx.ImageHash, Key, default) { Measurements = TeeMeasurements.ZeroTdx },
        new IPEndPoint(IPAddress.Parse(source), 40000), new IPEndPoint(IPAddress.Loopback, 11101));

    private static async Task<TcpClient> ConnectAsync(IPEndPoint port)
    {
        var client = new TcpClient();
        await client.ConnectAsync(port).WaitAsync(Patience);
        return client;
    }

    private IPeerTransport Transport(string policy)
    {
        var options = TestNetwork.Join(new TestNodeOptions { Transport = "router", PeerPolicy = policy, Router = _routerAddress }, "unused");
        return PeerTransports.Create(options, EvidenceServices.Of(options, _time), _time, _log);
    }

    private async Task<IPEndPoint> ListenAsync(string policy, int maxPerAddress, ConnectionDelegate serve)
    {
        var transport = Transport(policy);
        var sources = new ConnectionLimiter(10, maxPerAddress, 0, _time);
        var listener = await PeerListener.StartAsync(
            new IPEndPoint(IPAddress.Loopback, 0), transport.Accept(new AcceptTerms(policy, 0, sources), serve), transport.PortLimiter(sources), _log, default);
        _open.Add(listener);
        return listener.EndPoint;
    }

    private async Task DialAsync(string policy, ConnectionDelegate serve)
    {
        var transport = Transport(policy);
        using var dialler = new PeerDialler(transport.Dial(policy, serve), Patience, _log, _time) { Via = transport.Via };
        await dialler.RunAsync("192.0.2.9", 11001, default);
    }

    /// <summary>What the router says to a request for the peer, at once.</summary>
    private async Task<TcpClient> GrantAsync()
    {
        var client = await _router.AcceptTcpClientAsync().WaitAsync(Patience);
        var stream = client.GetStream();
        await stream.ReadExactlyAsync(new byte[3]).AsTask().WaitAsync(Patience);
        await stream.WriteAsync(new byte[] { 5, 0 });
        var request = new byte[10];
        await stream.ReadExactlyAsync(request).AsTask().WaitAsync(Patience);
        request.ShouldBe([5, 1, 0, 1, 192, 0, 2, 9, 0x2a, 0xf9]);
        await stream.WriteAsync(new byte[] { 5, 0, 0, 1, 127, 0, 0, 1, 0x1f, 0xb4 });
        return client;
    }
}
