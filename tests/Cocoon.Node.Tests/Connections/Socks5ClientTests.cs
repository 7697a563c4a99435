using System.Buffers;
using System.Text;
using Cocoon.Node.Connections;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Testing;

namespace Cocoon.Node.Tests.Connections;

public sealed class Socks5ClientTests
{
    private static readonly byte[] Granted = [5, 0, 0, 1, 127, 0, 0, 1, 0x1f, 0xb4];

    private readonly DuplexPipePair _pipes = new();

    [Theory]
    [InlineData("192.0.2.7", new byte[] { 1, 192, 0, 2, 7 })]
    [InlineData("2001:db8::1", new byte[] { 4, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 })]
    [InlineData("proxy", new byte[] { 3, 5, (byte)'p', (byte)'r', (byte)'o', (byte)'x', (byte)'y' })]
    public async Task Peer_is_asked_for_without_authentication_by_address_or_name(string host, byte[] address)
    {
        var connecting = Connect(host, 11001);
        (await ReadAsync(3)).ShouldBe([5, 1, 0]);
        await SayAsync([5, 0]);
        (await ReadAsync(3 + address.Length + 2)).ShouldBe([5, 1, 0, .. address, 0x2a, 0xf9]);
        await SayAsync(Granted);
        await connecting.WaitAsync(Eventually.Patience);
    }

    [Theory]
    [InlineData(new byte[] { 5, 0, 0, 1, 127, 0, 0, 1, 0x1f, 0xb4 })]
    [InlineData(new byte[] { 5, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x1f, 0xb4 })]
    [InlineData(new byte[] { 5, 0, 0, 3, 2, (byte)'m', (byte)'e', 0x1f, 0xb4 })]
    public async Task Reply_may_come_in_pieces_and_nothing_after_it_is_taken(byte[] reply)
    {
        var connecting = Connect("192.0.2.7", 11001);
        foreach (var piece in (byte[])[5, 0, .. reply[..^1]])
        {
            await SayAsync([piece]);
            connecting.IsCompleted.ShouldBeFalse();
        }
        await SayAsync([reply[^1], .. "frame"u8]);
        await connecting.WaitAsync(Eventually.Patience);
        Encoding.ASCII.GetString((await _pipes.Left.Input.ReadAtLeastAsync(5)).Buffer.ToArray()).ShouldBe("frame");
    }

    [Theory]
    [InlineData(new byte[] { 4, 0 }, "answers in version 4, wanted SOCKS version 5. Is option Router")]
    [InlineData(new byte[] { (byte)'H', (byte)'T' }, "answers in version 72")]
    [InlineData(new byte[] { 5, 2 }, "wants authentication method 2")]
    [InlineData(new byte[] { 5, 255 }, "wants authentication method 255")]
    [InlineData(new byte[] { 5, 0, 5, 5, 0, 1, 0 }, "refused to connect to 192.0.2.7:11001: SOCKS5 reply 5")]
    [InlineData(new byte[] { 5, 0, 4, 0, 0, 1, 0 }, "answers in version 4")]
    [InlineData(new byte[] { 5, 0, 5, 0, 0, 9, 0 }, "address type 9")]
    public async Task Anything_but_a_grant_is_an_error_that_says_what_came(byte[] answer, string reason)
    {
        var connecting = Connect("192.0.2.7", 11001);
        await SayAsync(answer);
        (await Should.ThrowAsync<IOException>(connecting.WaitAsync(Eventually.Patience))).Message.ShouldContain(reason);
    }

    [Theory]
    [InlineData(new byte[0], "after 0 of 2 bytes")]
    [InlineData(new byte[] { 5 }, "after 1 of 2 bytes")]
    [InlineData(new byte[] { 5, 0 }, "router, asked for 192.0.2.7:11001, closed the connection after 0 of 5 bytes")]
    [InlineData(new byte[] { 5, 0, 5, 0, 0, 1, 127, 0 }, "after 1 of 5 bytes")]
    public async Task Router_that_closes_has_said_no(byte[] answer, string reason)
    {
        var connecting = Connect("192.0.2.7", 11001);
        await SayAsync(answer);
        await _pipes.Right.Output.CompleteAsync();
        (await Should.ThrowAsync<IOException>(connecting.WaitAsync(Eventually.Patience))).Message.ShouldContain(reason);
    }

    [Fact]
    public async Task Name_that_has_no_room_is_not_asked_for()
    {
        await SayAsync([5, 0]);
        (await Should.ThrowAsync<IOException>(Connect(new string('x', 256), 1))).Message.ShouldContain("256 characters");
    }

    private Task Connect(string host, int port) => Socks5Client.ConnectAsync(_pipes.Left, new PeerTarget(host, port), default);

    private async Task SayAsync(byte[] bytes) => await _pipes.Right.Output.WriteAsync(bytes);

    private async Task<byte[]> ReadAsync(int size)
    {
        var read = await _pipes.Right.Input.ReadAtLeastAsync(size).AsTask().WaitAsync(Eventually.Patience);
        var bytes = read.Buffer.Slice(0, size).ToArray();
        _pipes.Right.Input.AdvanceTo(read.Buffer.GetPosition(size));
        return bytes;
    }
}
