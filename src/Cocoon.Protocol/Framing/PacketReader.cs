using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace Cocoon.Protocol.Framing;

/// <summary>
/// Cuts a byte stream into packets: length (uint32), number (int32, from 0), body, all little endian. A body takes memory of its own
/// only when all of it has arrived.
/// </summary>
/// <param name="input">Where the bytes come from.</param>
/// <param name="maxBodySize">The longest body accepted, in bytes.</param>
public sealed class PacketReader(PipeReader input, int maxBodySize = PacketLimits.MaxBodySize)
{
    private volatile int _maxBodySize = maxBodySize;
    private int _sequence;

    /// <summary>The longest body accepted, in bytes. A change applies to the next packet whose length is looked at.</summary>
    public int MaxBodySize
    {
        get => _maxBodySize;
        set => _maxBodySize = value;
    }

    /// <summary>The next packet's body, which the caller may keep, or null when the stream ended after a whole packet.</summary>
    /// <exception cref="FramingException">The stream broke a rule; nothing more can be read from it.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            // Not ReadAtLeastAsync: a pipe does not count bytes towards the minimum that were looked at before.
            var result = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            var size = PacketLimits.HeaderSize;
            if (result.Buffer.Length >= size) size += ReadHeader(result.Buffer);
            if (result.Buffer.Length >= size && size > PacketLimits.HeaderSize)
            {
                var body = result.Buffer.Slice(PacketLimits.HeaderSize, size - PacketLimits.HeaderSize);
                var copy = body.ToArray();
                input.AdvanceTo(body.End);
                _sequence++;
                return copy;
            }
            if (result.IsCompleted)
            {
                return result.Buffer.IsEmpty ? null : throw new FramingException(
                    FramingError.Truncated, $"The stream ended within packet {_sequence}, after {result.Buffer.Length} of {size} bytes.");
            }
            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    private int ReadHeader(ReadOnlySequence<byte> buffer)
    {
        Span<byte> header = stackalloc byte[PacketLimits.HeaderSize];
        buffer.Slice(0, PacketLimits.HeaderSize).CopyTo(header);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        var sequence = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        if (length < PacketLimits.MinBodySize || length > _maxBodySize)
        {
            throw new FramingException(
                FramingError.LengthOutOfRange,
                $"Packet {_sequence} announces {length} bytes; {PacketLimits.MinBodySize} to {_maxBodySize} are allowed.");
        }
        return sequence == _sequence ? (int)length
            : throw new FramingException(FramingError.SequenceMismatch, $"Expected packet {_sequence}, found packet {sequence}.");
    }
}
