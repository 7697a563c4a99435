using System.Buffers;

namespace Cocoon.Protocol.Tl;

/// <summary>Turns messages into bytes and back, with their ids (boxed).</summary>
public static class TlSerializer
{
    /// <summary>The bytes of an object, in an array of exactly their number.</summary>
    /// <exception cref="InvalidOperationException">Of several fields under one flag only some are set.</exception>
    public static byte[] Serialize(ITlObject value)
    {
        var output = new ExactBuffer(checked((int)TlWriter.Measure(value)));
        var writer = new TlWriter(output);
        writer.WriteBoxed(value);
        return output.Bytes;
    }

    /// <summary>Reads one object of any known constructor. Its byte strings are slices of <paramref name="bytes"/>.</summary>
    /// <exception cref="TlFormatException">The bytes are anything else than exactly one object.</exception>
    public static ITlObject Deserialize(ReadOnlyMemory<byte> bytes)
    {
        var reader = new TlReader(bytes);
        var value = TlRegistry.ReadBoxed(ref reader);
        reader.EnsureEnd();
        return value;
    }

    /// <summary>Reads one object, which must be a <typeparamref name="T"/>. Its byte strings are slices of <paramref name="bytes"/>.</summary>
    /// <exception cref="TlFormatException">The bytes are anything else than exactly one such object.</exception>
    public static T Deserialize<T>(ReadOnlyMemory<byte> bytes)
        where T : ITlObject =>
        Deserialize(bytes) switch
        {
            T value => value,
            var other => throw new TlFormatException($"Expected {typeof(T).Name}, found {TlRegistry.Describe(other.ConstructorId)}."),
        };

    private sealed class ExactBuffer(int size) : IBufferWriter<byte>
    {
        private int _written;

        public byte[] Bytes { get; } = new byte[size];

        public void Advance(int count) => _written += count;

        public Memory<byte> GetMemory(int sizeHint = 0) => Bytes.AsMemory(_written);

        public Span<byte> GetSpan(int sizeHint = 0) => Bytes.AsSpan(_written);
    }
}
