using System.IO.Pipelines;
using Cocoon.Protocol.Framing;
using Cocoon.Protocol.Messages;

namespace Cocoon.Protocol.Sessions;

/// <summary>
/// The last word to a peer that gets no session: a <c>tcp.queryError</c> to no query in the place of the first packet. Who knows it tells its operator why;
/// to others it is a packet out of place on a connection that ends anyway.
/// </summary>
public static class Farewell
{
    private const int MaxReason = 500;

    /// <summary>The bytes that say why.</summary>
    /// <param name="why">The reason, for people; at most 500 characters of it are said.</param>
    public static ReadOnlyMemory<byte> Write(string why)
    {
        using var bytes = new MemoryStream();
        var output = PipeWriter.Create(bytes, new StreamPipeWriterOptions(leaveOpen: true));
        new PacketWriter(output).Write(new TcpQueryError(0, ErrorCodes.ProtocolViolation, PeerText.Shorten(why, MaxReason)));
        output.Complete();
        return bytes.ToArray();
    }
}
