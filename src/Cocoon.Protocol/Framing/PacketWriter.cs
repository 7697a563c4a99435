using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Framing;

/// <summary>Writes packets with their lengths and numbers straight into a pipe. Not for use by several threads at once.</summary>
/// <param name="output">Where the bytes go.</param>
/// <param name="maxBodySize">The longest body sent, in bytes.</param>
public sealed class PacketWriter(PipeWriter output, int maxBodySize = PacketLimits.MaxBodySize)
{
    private const int PieceSize = 64 * 1024;

    private int _sequence;
    private ReadOnlyMemory<byte> _rest;

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
        output.Write(_rest.Span);
        _rest = default;
        var header = output.GetSpan(PacketLimits.HeaderSize);
        BinaryPrimitives.WriteInt32LittleEndian(header, (int)length);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], _sequence++);
        output.Advance(PacketLimits.HeaderSize);
        if (length <= PieceSize)
        {
            new TlWriter(output).WriteBoxed(body);
            return;
        }
        var whole = new ArrayBufferWriter<byte>((int)length);
        new TlWriter(whole).WriteBoxed(body);
        _rest = whole.WrittenMemory;
    }

    /// <summary>Hands all that was written to the transport and waits while the peer reads slowly.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        while (await FlushPieceAsync(cancellationToken).ConfigureAwait(false))
        {
        }
    }

    /// <summary>
    /// Hands at most 64 KiB of a large packet to the transport, or all of what is smaller, and waits while the peer reads slowly. Who waits
    /// for each piece knows whether the peer reads at all.
    /// </summary>
    /// <returns>Whether more is left.</returns>
    public async ValueTask<bool> FlushPieceAsync(CancellationToken cancellationToken = default)
    {
        var piece = _rest[..Math.Min(_rest.Length, PieceSize)];
        _rest = _rest[piece.Length..];
        output.Write(piece.Span);
        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
        return _rest.Length > 0;
    }
}
