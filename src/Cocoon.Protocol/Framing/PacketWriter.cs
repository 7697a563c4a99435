using System.Buffers.Binary;
using System.IO.Pipelines;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Framing;

/// <summary>Writes packets with their lengths and numbers straight into a pipe. Not for use by several threads at once.</summary>
/// <param name="output">Where the bytes go.</param>
/// <param name="maxBodySize">The longest body sent, in bytes.</param>
public sealed class PacketWriter(PipeWriter output, int maxBodySize = PacketLimits.MaxBodySize)
{
    private int _sequence;

    /// <summary>Writes one packet without flushing it.</summary>
    /// <exception cref="FramingException">The body is too large; nothing was written and the number is not used up.</exception>
    public void Write(ITlObject body)
    {
        var length = TlWriter.Measure(body);
        if (length > maxBodySize)
        {
            throw new FramingException(
                FramingError.TooLargeToSend,
                $"A packet of {length} bytes cannot be sent, the limit is {maxBodySize}. Send the payload in smaller parts.");
        }
        var header = output.GetSpan(PacketLimits.HeaderSize);
        BinaryPrimitives.WriteInt32LittleEndian(header, (int)length);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], _sequence++);
        output.Advance(PacketLimits.HeaderSize);
        var writer = new TlWriter(output);
        writer.WriteBoxed(body);
    }

    /// <summary>Hands what was written to the transport and waits while the peer reads slowly.</summary>
    public ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => output.FlushAsync(cancellationToken);
}
