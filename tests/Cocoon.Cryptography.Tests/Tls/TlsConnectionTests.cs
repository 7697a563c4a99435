using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using Cocoon.Cryptography.Tls;
using Cocoon.Testing;

namespace Cocoon.Cryptography.Tests.Tls;

public sealed class TlsConnectionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Both_sides_see_the_certificate_and_key_of_the_other()
    {
        using var serverPeer = new TlsPeer();
        using var clientPeer = new TlsPeer();
        var (server, client) = await ConnectAsync(serverPeer, clientPeer);
        await using var _ = server;
        await using var __ = client;

        server.PeerCertificateDer.ToArray().ShouldBe(clientPeer.Certificate);
        client.PeerCertificateDer.ToArray().ShouldBe(serverPeer.Certificate);
        server.PeerPublicKey.ShouldBe(clientPeer.Key.PublicKey);
        client.PeerPublicKey.ShouldBe(serverPeer.Key.PublicKey);
    }

    [Fact]
    public async Task Megabytes_pass_both_ways_at_once_unchanged()
    {
        using var serverPeer = new TlsPeer();
        using var clientPeer = new TlsPeer();
        var (server, client) = await ConnectAsync(serverPeer, clientPeer);
        await using var _ = server;
        await using var __ = client;
        var down = RandomNumberGenerator.GetBytes(8_000_003);
        var up = RandomNumberGenerator.GetBytes(5_000_001);

        var received = await Task.WhenAll(
            ReadAllAsync(client), ReadAllAsync(server), WriteAllAsync(server, down), WriteAllAsync(client, up)).WaitAsync(Patience);

        received[0].AsSpan().SequenceEqual(down).ShouldBeTrue();
        received[1].AsSpan().SequenceEqual(up).ShouldBeTrue();
    }

    [Fact]
    public async Task Many_small_messages_pass_in_order()
    {
        using var serverPeer = new TlsPeer();
        using var clientPeer = new TlsPeer();
        var (server, client) = await ConnectAsync(serverPeer, clientPeer);
        await using var _ = server;
        await using var __ = client;
        var reading = ReadAllAsync(server);
        var expected = new StringBuilder();
        for (var number = 0; number < 2000; number++)
        {
            var text = $"message {number};";
            expected.Append(text);
            await client.Output.WriteAsync(Encoding.ASCII.GetBytes(text));
        }
        await client.Output.CompleteAsync();

        Encoding.ASCII.GetString(await reading.WaitAsync(Patience)).ShouldBe(expected.ToString());
    }

    [Fact]
    public async Task What_one_side_exports_the_other_exports_too()
    {
        using var serverPeer = new TlsPeer();
        using var clientPeer = new TlsPeer();
        var (server, client) = await ConnectAsync(serverPeer, clientPeer);
        await using var _ = server;
        await using var __ = client;
        byte[] Export(TlsConnection connection, string label, string context)
        {
            var output = new byte[48];
            connection.ExportKeyingMaterial(label, Encoding.ASCII.GetBytes(context), output);
            return output;
        }

        var value = Export(server, "EXPORTER-test", "context");
        Export(client, "EXPORTER-test", "context").ShouldBe(value);
        Export(client, "EXPORTER-test", "other").ShouldNotBe(value);
        Export(client, "EXPORTER-other", "context").ShouldNotBe(value);
    }

    [Fact]
    public async Task A_server_that_refuses_the_client_says_why_and_the_client_learns_on_reading()
    {
        using var serverPeer = new TlsPeer(_ => "the image is unknown.");
        using var clientPeer = new TlsPeer();
        var pair = new DuplexPipePair();
        var serving = serverPeer.ServeAsync(pair.Left);
        await using var client = await clientPeer.DialAsync(pair.Right).WaitAsync(Patience);

        (await Should.ThrowAsync<TlsException>(serving.WaitAsync(Patience)))
            .Message.ShouldBe("The peer's certificate was refused: the image is unknown.");
        (await Should.ThrowAsync<TlsException>(() => ReadAsync(client))).Message.ShouldContain("bad certificate");
    }

    [Fact]
    public async Task A_client_that_refuses_the_server_ends_the_handshake_of_both()
    {
        using var serverPeer = new TlsPeer();
        using var clientPeer = new TlsPeer(_ => "the quote is missing.");
        var pair = new DuplexPipePair();
        var serving = serverPeer.ServeAsync(pair.Left);
        var dialling = clientPeer.DialAsync(pair.Right);

        (await Should.ThrowAsync<TlsException>(dialling.WaitAsync(Patience))).Message.ShouldContain("the quote is missing.");
        (await Should.ThrowAsync<TlsException>(serving.WaitAsync(Patience))).Message.ShouldContain("bad certificate");
    }

    [Fact]
    public async Task A_verifier_that_throws_refuses_and_its_exception_is_kept()
    {
        using var serverPeer = new TlsPeer(_ => throw new InvalidOperationException("broken"));
        using var clientPeer = new TlsPeer();
        var pair = new DuplexPipePair();
        var serving = serverPeer.ServeAsync(pair.Left);
        await using var client = await clientPeer.DialAsync(pair.Right).WaitAsync(Patience);

        (await Should.ThrowAsync<TlsException>(serving.WaitAsync(Patience))).InnerException.ShouldBeOfType<InvalidOperationException>();
    }

    [Fact]
    public async Task Data_sent_ahead_of_a_refusal_reaches_nobody()
    {
        using var serverPeer = new TlsPeer(_ => "refused.");
        using var clientPeer = new TlsPeer();
        var pair = new DuplexPipePair();
        var serving = serverPeer.ServeAsync(pair.Left);
        await using var client = await clientPeer.DialAsync(pair.Right).WaitAsync(Patience);
        try
        {
            await client.Output.WriteAsync("early"u8.ToArray());
        }
        catch (TlsException)
        {
            // The refusal may be here before the write.
        }
        await Should.ThrowAsync<TlsException>(serving.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_certificate_of_another_key_cannot_be_used()
    {
        using var peer = new TlsPeer();
        using var other = new TlsPeer();
        var options = new TlsOptions { CertificateDer = peer.Certificate, Key = other.Key, VerifyPeer = _ => null };
        var pair = new DuplexPipePair();
        await Should.ThrowAsync<CryptographicException>(TlsConnection.AuthenticateAsServerAsync(pair.Left, options, default));
        (await pair.Right.Input.ReadAsync()).IsCompleted.ShouldBeTrue();
    }

    [Theory]
    [InlineData(20)]
    [InlineData(150)]
    [InlineData(400)]
    [InlineData(600)]
    public async Task A_handshake_changed_on_the_way_fails_on_both_sides(int changedByte)
    {
        using var serverPeer = new TlsPeer();
        using var clientPeer = new TlsPeer();
        var one = new DuplexPipePair();
        var two = new DuplexPipePair();
        var serving = serverPeer.ServeAsync(one.Left);
        var dialling = clientPeer.DialAsync(two.Right);
        var relaying = RelayAsync(two.Left.Input, one.Right.Output, flipAt: -1);
        var corrupting = RelayAsync(one.Right.Input, two.Left.Output, changedByte);

        await Should.ThrowAsync<TlsException>(dialling.WaitAsync(Patience));
        await Should.ThrowAsync<TlsException>(serving.WaitAsync(Patience));
        await Task.WhenAll(relaying, corrupting).WaitAsync(Patience);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\u0000\u0004\u0001\u0000\u0000\u0000")]
    [InlineData("\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000")]
    public async Task Garbage_instead_of_a_handshake_is_refused(string garbage)
    {
        using var peer = new TlsPeer();
        var pair = new DuplexPipePair();
        var serving = peer.ServeAsync(pair.Left);
        await pair.Right.Output.WriteAsync(Encoding.Latin1.GetBytes(garbage));
        (await Should.ThrowAsync<TlsException>(serving.WaitAsync(Patience))).Message.ShouldStartWith("The TLS handshake failed: error:");
        await DrainAsync(pair.Right.Input).WaitAsync(Patience);
    }

    [Fact]
    public async Task A_peer_that_goes_away_during_the_handshake_ends_it()
    {
        using var peer = new TlsPeer();
        var pair = new DuplexPipePair();
        var dialling = peer.DialAsync(pair.Left);
        await pair.Right.Output.CompleteAsync();
        (await Should.ThrowAsync<TlsException>(dialling.WaitAsync(Patience))).Message.ShouldContain("closed the connection during the TLS handshake");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_silent_peer_is_given_up_after_the_timeout(bool server)
    {
        var time = new ManualTimeProvider();
        using var peer = new TlsPeer(time: time);
        var pair = new DuplexPipePair();
        var handshake = server ? peer.ServeAsync(pair.Left) : peer.DialAsync(pair.Left);
        time.Advance(peer.Options.HandshakeTimeout - TimeSpan.FromTicks(1));
        handshake.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromTicks(1));
        (await Should.ThrowAsync<TlsException>(handshake.WaitAsync(Patience))).Message.ShouldContain("did not finish within 10 seconds");
    }

    [Fact]
    public async Task A_cancelled_handshake_is_cancelled_not_timed_out()
    {
        using var peer = new TlsPeer();
        using var cancel = new CancellationTokenSource();
        var handshake = peer.ServeAsync(new DuplexPipePair().Left, cancel.Token);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(handshake.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_certificate_as_big_as_a_quote_makes_it_passes()
    {
        using var serverPeer = new TlsPeer(certificatePadding: 40_000);
        using var clientPeer = new TlsPeer(certificatePadding: 50_000);
        var (server, client) = await ConnectAsync(serverPeer, clientPeer);
        await using var _ = server;
        await using var __ = client;
        server.PeerCertificateDer.Length.ShouldBeGreaterThan(50_000);
    }

    [Fact]
    public async Task A_certificate_over_the_limit_is_refused()
    {
        using var serverPeer = new TlsPeer(certificatePadding: TlsOptions.MaxPeerCertificateSize);
        using var clientPeer = new TlsPeer(_ => throw new InvalidOperationException("never reached"));
        var pair = new DuplexPipePair();
        var serving = serverPeer.ServeAsync(pair.Left);
        (await Should.ThrowAsync<TlsException>(clientPeer.DialAsync(pair.Right).WaitAsync(Patience))).Message.ShouldContain("excessive message size");
        await Should.ThrowAsync<TlsException>(serving.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_slow_reader_makes_the_writer_wait()
    {
        using var serverPeer = new TlsPeer(bufferSize: 32 * 1024);
        using var clientPeer = new TlsPeer(bufferSize: 32 * 1024);
        var (server, client) = await ConnectAsync(serverPeer, clientPeer);
        await using var _ = server;
        await using var __ = client;
        var block = new byte[16 * 1024];
        var written = 0;
        while (true)
        {
            var flush = server.Output.WriteAsync(block);
            written += block.Length;
            if (flush.IsCompleted)
            {
                await flush;
                written.ShouldBeLessThan(4 * 1024 * 1024, "nobody reads, yet the writer never waits");
                continue;
            }
            var waiting = flush.AsTask();
            var reading = ReadAllAsync(client);
            await waiting.WaitAsync(Patience);
            await server.Output.CompleteAsync();
            (await reading.WaitAsync(Patience)).Length.ShouldBe(written);
            return;
        }
    }

    [Fact]
    public async Task The_end_of_the_transport_without_close_notify_is_a_normal_end()
    {
        using var serverPeer = new TlsPeer();
        using var clientPeer = new TlsPeer();
        var left = new DuplexPipePair();
        var right = new DuplexPipePair();
        var relay = new Relay(left.Right, right.Left);
        var serving = serverPeer.ServeAsync(left.Left);
        await using var client = await clientPeer.DialAsync(right.Right).WaitAsync(Patience);
        await using var server = await serving.WaitAsync(Patience);
        await server.Output.WriteAsync("last words"u8.ToArray());
        (await ReadExactlyAsync(client.Input, 10)).ShouldBe("last words"u8.ToArray());

        await relay.CutAsync();
        (await client.Input.ReadAsync().AsTask().WaitAsync(Patience)).IsCompleted.ShouldBeTrue();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(20)]
    public async Task The_end_of_the_transport_within_a_record_is_an_error(int recordBytes)
    {
        using var serverPeer = new TlsPeer();
        using var clientPeer = new TlsPeer();
        var left = new DuplexPipePair();
        var right = new DuplexPipePair();
        var relay = new Relay(left.Right, right.Left);
        var serving = serverPeer.ServeAsync(left.Left);
        await using var client = await clientPeer.DialAsync(right.Right).WaitAsync(Patience);
        await using var server = await serving.WaitAsync(Patience);

        await relay.CutAsync(new byte[] { 0x17, 3, 3, 0, 100 }.Concat(new byte[100]).Take(recordBytes).ToArray());
        (await Should.ThrowAsync<TlsException>(() => ReadAsync(client))).Message.ShouldContain("within a TLS record");
    }

    [Fact]
    public async Task A_forged_record_ends_the_connection_and_tells_the_peer()
    {
        using var serverPeer = new TlsPeer();
        using var clientPeer = new TlsPeer();
        var left = new DuplexPipePair();
        var right = new DuplexPipePair();
        var relay = new Relay(left.Right, right.Left);
        var serving = serverPeer.ServeAsync(left.Left);
        await using var client = await clientPeer.DialAsync(right.Right).WaitAsync(Patience);
        await using var server = await serving.WaitAsync(Patience);

        await relay.SayAsync([0x17, 3, 3, 0, 32, .. new byte[32]]);
        (await Should.ThrowAsync<TlsException>(() => ReadAsync(client))).Message.ShouldContain("bad record mac");
        (await Should.ThrowAsync<TlsException>(() => ReadAsync(server))).Message.ShouldContain("bad record mac");
        await Should.ThrowAsync<TlsException>(async () =>
        {
            while (!(await client.Output.WriteAsync(new byte[1]).AsTask().WaitAsync(Patience)).IsCompleted)
            {
            }
        });
    }

    [Fact]
    public async Task Completing_one_direction_leaves_the_other_open()
    {
        using var serverPeer = new TlsPeer();
        using var clientPeer = new TlsPeer();
        var (server, client) = await ConnectAsync(serverPeer, clientPeer);
        await using var _ = server;
        await using var __ = client;
        await client.Output.WriteAsync("question"u8.ToArray());
        await client.Output.CompleteAsync();
        (await ReadAllAsync(server).WaitAsync(Patience)).ShouldBe("question"u8.ToArray());
        await WriteAllAsync(server, "answer"u8.ToArray());
        (await ReadAllAsync(client).WaitAsync(Patience)).ShouldBe("answer"u8.ToArray());
    }

    [Fact]
    public async Task Disposing_sends_what_was_written_and_ends_the_peer()
    {
        using var serverPeer = new TlsPeer();
        using var clientPeer = new TlsPeer();
        var (server, client) = await ConnectAsync(serverPeer, clientPeer);
        await using var _ = client;
        await server.Output.WriteAsync("goodbye"u8.ToArray());
        await server.DisposeAsync();
        await server.DisposeAsync();
        (await ReadAllAsync(client).WaitAsync(Patience)).ShouldBe("goodbye"u8.ToArray());
        await Should.ThrowAsync<TlsException>(() => ReadAsync(server));
        Should.Throw<ObjectDisposedException>(() => server.ExportKeyingMaterial("label", [], new byte[32]));
    }

    [Fact]
    public async Task Disposing_waits_for_a_peer_that_does_not_read_only_so_long()
    {
        var time = new ManualTimeProvider();
        using var serverPeer = new TlsPeer(time: time);
        using var clientPeer = new TlsPeer(bufferSize: 32 * 1024);
        var (server, client) = await ConnectAsync(serverPeer, clientPeer);
        await using var _ = client;
        var write = server.Output.WriteAsync(new byte[4 * 1024 * 1024]);
        var disposing = server.DisposeAsync().AsTask();
        disposing.IsCompleted.ShouldBeFalse();
        time.Advance(serverPeer.Options.CloseTimeout);
        await disposing.WaitAsync(Patience);
        await Should.ThrowAsync<TlsException>(write.AsTask().WaitAsync(Patience));
    }

    [Fact]
    public async Task Options_out_of_range_are_refused()
    {
        using var peer = new TlsPeer();
        var options = new TlsOptions { CertificateDer = peer.Certificate, Key = peer.Key, VerifyPeer = _ => null, BufferSize = 100 };
        await Should.ThrowAsync<ArgumentOutOfRangeException>(TlsConnection.AuthenticateAsClientAsync(new DuplexPipePair().Left, options, default));
    }

    private static async Task<(TlsConnection Server, TlsConnection Client)> ConnectAsync(TlsPeer server, TlsPeer client)
    {
        var pair = new DuplexPipePair();
        var ends = await Task.WhenAll(server.ServeAsync(pair.Left), client.DialAsync(pair.Right)).WaitAsync(Patience);
        return (ends[0], ends[1]);
    }

    private static async Task<byte[]> WriteAllAsync(TlsConnection connection, byte[] bytes)
    {
        for (var offset = 0; offset < bytes.Length; offset += 50_000)
            await connection.Output.WriteAsync(bytes.AsMemory(offset, Math.Min(50_000, bytes.Length - offset)));
        await connection.Output.CompleteAsync();
        return [];
    }

    private static async Task<byte[]> ReadAllAsync(TlsConnection connection)
    {
        var all = new MemoryStream();
        await connection.Input.CopyToAsync(all);
        return all.ToArray();
    }

    private static async Task<byte[]> ReadExactlyAsync(PipeReader reader, int count)
    {
        var result = await reader.ReadAtLeastAsync(count).AsTask().WaitAsync(Patience);
        var bytes = result.Buffer.Slice(0, count).ToArray();
        reader.AdvanceTo(result.Buffer.GetPosition(count));
        return bytes;
    }

    private static async Task<ReadResult> ReadAsync(TlsConnection connection) => await connection.Input.ReadAsync().AsTask().WaitAsync(Patience);

    private static Task DrainAsync(PipeReader reader) => reader.CopyToAsync(Stream.Null);

    private static async Task RelayAsync(PipeReader reader, PipeWriter writer, int flipAt)
    {
        var position = 0;
        while (true)
        {
            var result = await reader.ReadAsync();
            var bytes = result.Buffer.ToArray();
            reader.AdvanceTo(result.Buffer.End);
            if (flipAt >= position && flipAt < position + bytes.Length) bytes[flipAt - position] ^= 1;
            position += bytes.Length;
            if (bytes.Length > 0) await writer.WriteAsync(bytes);
            if (!result.IsCompleted) continue;
            await writer.CompleteAsync();
            return;
        }
    }

    /// <summary>Stands between two ends and can speak to the right one in the left one's place.</summary>
    private sealed class Relay
    {
        private readonly IDuplexPipe _right;
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _down;

        public Relay(IDuplexPipe left, IDuplexPipe right)
        {
            _right = right;
            _ = right.Input.CopyToAsync(left.Output).ContinueWith(_ => left.Output.Complete(), TaskScheduler.Default);
            _down = left.Input.CopyToAsync(right.Output, _stop.Token);
        }

        public async Task SayAsync(byte[] bytes)
        {
            await _stop.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(_down);
            await _right.Output.WriteAsync(bytes);
        }

        public async Task CutAsync(byte[]? lastBytes = null)
        {
            await SayAsync(lastBytes ?? []);
            await _right.Output.CompleteAsync();
        }
    }
}
