using System.Net;
using System.Net.Sockets;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Testing;
using static Cocoon.Node.Tests.Fakes.Eventually;

namespace Cocoon.Router.Tests;

/// <summary>Everybody who stops talking, in each phase of a connection: real sockets, a clock that the test moves.</summary>
public sealed class RouterSilenceTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly RouterBench _bench;

    public RouterSilenceTests() => _bench = new RouterBench(_time);

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 5, 1 })]
    [InlineData(new byte[] { 5, 1, 0, 5, 1, 0, 3, 9 })]
    public async Task Program_that_does_not_finish_its_request_is_cut_off(byte[] said)
    {
        var client = await _bench.DialAsync(await _bench.OpenAsync("none", RouterBench.Socks("any")));
        await client.WriteAsync(said);
        await EndsAsync(client, "The SOCKS5 exchange was not finished within 10 s.");
    }

    [Fact]
    public async Task Peer_that_asks_for_no_work_is_given_up()
    {
        var peer = _bench.Listen();
        var client = await _bench.DialAsync(await _bench.OpenAsync("none", RouterBench.Forward((IPEndPoint)peer.LocalEndPoint!, "any")));
        await _bench.AcceptAsync(peer);
        // Connecting is over.
        await UntilAsync(() => _time.TimersMade == 2);
        await EndsAsync(client, "The proof of work was not finished within 00:01:00.");
    }

    [Fact]
    public async Task Peer_that_shakes_no_hands_is_given_up()
    {
        var peer = _bench.Listen();
        var client = await _bench.DialAsync(await _bench.OpenAsync("none", RouterBench.Forward((IPEndPoint)peer.LocalEndPoint!, "any")));
        var accepted = await _bench.AcceptAsync(peer);
        await accepted.WriteAsync((byte[])[0x91, 0x12, 0x8e, 0x41, 0, 0, 0, 0, .. new byte[16]]);
        await accepted.ReadExactlyAsync(new byte[12]).AsTask().WaitAsync(Patience);
        // Connecting and the work are over.
        await UntilAsync(() => _time.TimersMade == 3);
        await EndsAsync(client, "The TLS handshake did not finish within 10 seconds.");
    }

    [Fact]
    public async Task Dialler_that_does_no_work_is_cut_off_and_the_local_program_hears_nothing()
    {
        var backend = _bench.Listen();
        var client = await _bench.DialAsync(await _bench.OpenAsync("fake_tdx", RouterBench.Reverse((IPEndPoint)backend.LocalEndPoint!, "any")));
        await client.ReadExactlyAsync(new byte[24]).AsTask().WaitAsync(Patience);
        await EndsAsync(client, "The proof of work was not finished within 00:01:00.");
        backend.Poll(0, SelectMode.SelectRead).ShouldBeFalse();
    }

    [Fact]
    public async Task Dialler_that_shakes_no_hands_is_cut_off_and_the_local_program_hears_nothing()
    {
        var backend = _bench.Listen();
        var port = RouterBench.Reverse((IPEndPoint)backend.LocalEndPoint!, "any");
        port.ProofOfWorkDifficulty = 0;
        var client = await _bench.DialAsync(await _bench.OpenAsync("fake_tdx", port));
        await client.ReadExactlyAsync(new byte[24]).AsTask().WaitAsync(Patience);
        await client.WriteAsync((byte[])[0x19, 0x73, 0x82, 0x01, .. new byte[8]]);
        // The work is over.
        await UntilAsync(() => _time.TimersMade == 2);
        await EndsAsync(client, "The TLS handshake did not finish within 10 seconds.");
        backend.Poll(0, SelectMode.SelectRead).ShouldBeFalse();
    }

    [Fact]
    public async Task Connection_on_which_nothing_moves_is_closed_on_both_sides()
    {
        var backend = _bench.Listen();
        var reverse = await _bench.OpenAsync("fake_tdx", RouterBench.Reverse((IPEndPoint)backend.LocalEndPoint!, "any", peerInfo: false));
        var client = await _bench.DialAsync(await _bench.OpenAsync("none", RouterBench.Forward(reverse, "any", peerInfo: false)));
        var program = await _bench.AcceptAsync(backend);
        await client.WriteAsync(new byte[1]);
        await program.ReadExactlyAsync(new byte[1]).AsTask().WaitAsync(Patience);
        var ending = program.ReadAsync(new byte[1]).AsTask();
        await EndsAsync(client, "No byte moved in either direction for 120 s.");
        (await ending.WaitAsync(Patience)).ShouldBe(0);
    }

    [Fact]
    public async Task Backend_that_is_not_there_ends_the_peers_connection()
    {
        using var backend = new ClosedPort();
        var reverse = await _bench.OpenAsync("fake_tdx", RouterBench.Reverse(backend.EndPoint, "any"));
        using var peer = new AttestedTlsPeer("none", "fake_tdx", _bench);
        await peer.DialAsync(reverse, async connection => (await connection.Transport.Input.ReadAsync()).IsCompleted.ShouldBeTrue()).WaitAsync(Patience);
        await UntilAsync(() => _bench.Log.Count($"Cannot connect to {backend.EndPoint}") == 1);
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    private async Task EndsAsync(NetworkStream client, string reason)
    {
        var ending = client.CopyToAsync(Stream.Null);
        await _time.PassUntilAsync(() => ending.IsCompleted);
        await ending;
        await UntilAsync(() => _bench.Log.Count(reason) > 0);
    }
}
