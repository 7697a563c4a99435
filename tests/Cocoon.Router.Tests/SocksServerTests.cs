using System.Buffers;
using System.Net;
using Cocoon.Node.Connections;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Router.Ports;
using Cocoon.Testing;

namespace Cocoon.Router.Tests;

public sealed class SocksServerTests
{
    private static readonly byte[] Greeting = [5, 1, 0];
    private static readonly byte[] Request = [5, 1, 0, 1, 192, 0, 2, 7, 0x2a, 0xf9];
    private static readonly byte[] Granted = [5, 0, 0, 1, 127, 0, 0, 1, 0x1f, 0xb4];

    private readonly DuplexPipePair _pipes = new();

    [Theory]
    [InlineData(new byte[] { 1, 192, 0, 2, 7 }, "192.0.2.7")]
    [InlineData(new byte[] { 4, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 }, "2001:db8::1")]
    [InlineData(new byte[] { 3, 7, (byte)'a', (byte)'-', (byte)'b', (byte)'.', (byte)'t', (byte)'o', (byte)'n' }, "a-b.ton")]
    public async Task Addresses_and_names_are_granted_at_once(byte[] address, string host)
    {
        await SayAsync([.. Greeting, 5, 1, 0, .. address, 0x2a, 0xf9]);
        (await Accept().WaitAsync(Eventually.Patience)).ShouldBe(new PeerTarget(host, 11001));
        (await ReadAsync()).ShouldBe([5, 0, .. Granted]);
    }

    [Fact]
    public async Task Messages_may_come_in_pieces_and_nothing_after_them_is_taken()
    {
        var accepting = Accept();
        foreach (var piece in (byte[])[.. Greeting, .. Request[..^1]])
        {
            await SayAsync([piece]);
            accepting.IsCompleted.ShouldBeFalse();
        }
        await SayAsync([Request[^1], 1, 2, 3]);
        await accepting.WaitAsync(Eventually.Patience);
        (await _pipes.Left.Input.ReadAtLeastAsync(3)).Buffer.ToArray().ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Method_without_authentication_is_chosen_among_many()
    {
        await SayAsync([5, 255, .. Enumerable.Range(0, 255).Select(method => (byte)(254 - method)), .. Request]);
        await Accept().WaitAsync(Eventually.Patience);
        (await ReadAsync()).ShouldBe([5, 0, .. Granted]);
    }

    [Theory]
    [InlineData(new byte[] { 4, 1, 0, 80 }, "speaks version 4, wanted SOCKS version 5", new byte[0])]
    [InlineData(new byte[] { (byte)'G', (byte)'E', (byte)'T' }, "speaks version 71", new byte[0])]
    [InlineData(new byte[] { 5, 0 }, "offers 0 methods", new byte[] { 5, 255 })]
    [InlineData(new byte[] { 5, 2, 1, 2 }, "offers 2 methods", new byte[] { 5, 255 })]
    [InlineData(new byte[] { 5, 1, 0, 4, 1, 0, 1 }, "speaks version 4", new byte[] { 5, 0 })]
    [InlineData(new byte[] { 5, 1, 0, 5, 2, 0, 1 }, "command 2, wanted 1 (CONNECT)", new byte[] { 5, 0, 5, 7, 0, 1, 127, 0, 0, 1, 0x1f, 0xb4 })]
    [InlineData(new byte[] { 5, 1, 0, 5, 1, 0, 2 }, "address type 2", new byte[] { 5, 0, 5, 8, 0, 1, 127, 0, 0, 1, 0x1f, 0xb4 })]
    [InlineData(new byte[] { 5, 1, 0, 5, 1, 0, 3, 0, 0, 80 }, "a host name that is empty", new byte[] { 5, 0 })]
    [InlineData(new byte[] { 5, 1, 0, 5, 1, 0, 3, 2, (byte)'a', 10, 0, 80 }, "has characters other than", new byte[] { 5, 0 })]
    public async Task Anything_else_is_refused_with_the_words_that_SOCKS_has_for_it(byte[] said, string reason, byte[] told)
    {
        await SayAsync(said);
        (await Should.ThrowAsync<IOException>(Accept().WaitAsync(Eventually.Patience))).Message.ShouldContain(reason);
        await _pipes.Left.Output.CompleteAsync();
        (await ReadAsync()).ShouldBe(told);
    }

    [Fact]
    public async Task Client_that_closes_at_any_byte_is_told_of()
    {
        byte[] all = [.. Greeting, .. Request];
        for (var length = 0; length < all.Length; length++)
        {
            var pipes = new DuplexPipePair();
            await pipes.Right.Output.WriteAsync(all.AsMemory(0, length));
            await pipes.Right.Output.CompleteAsync();
            var accepting = SocksServer.AcceptAsync(pipes.Left, new IPEndPoint(IPAddress.Loopback, 8116), default);
            (await Should.ThrowAsync<IOException>(accepting.WaitAsync(Eventually.Patience))).Message.ShouldContain("The SOCKS5 client closed the connection");
        }
    }

    private Task<PeerTarget> Accept() => SocksServer.AcceptAsync(_pipes.Left, new IPEndPoint(IPAddress.Loopback, 8116), default);

    private async Task SayAsync(byte[] bytes) => await _pipes.Right.Output.WriteAsync(bytes);

    private async Task<byte[]> ReadAsync() => (await _pipes.Right.Input.ReadAsync().AsTask().WaitAsync(Eventually.Patience)).Buffer.ToArray();
}
