using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Cocoon.Cryptography;

namespace Cocoon.Protocol.Tl;

/// <summary>
/// Writes primitive values of the Cocoon wire protocol. Without a buffer it only counts, so that a length prefix can be written
/// before the object it measures and nothing is serialised twice.
/// </summary>
public ref struct TlWriter
{
    private readonly IBufferWriter<byte>? _output;

    /// <summary>Writes to <paramref name="output"/>, or only counts when that is null.</summary>
    public TlWriter(IBufferWriter<byte>? output) => _output = output;

    /// <summary>Bytes written so far.</summary>
    public long Length { get; private set; }

    /// <summary>The size of an object with its id, in bytes.</summary>
    public static long Measure(ITlObject value)
    {
        var counter = new TlWriter(null);
        counter.WriteBoxed(value);
        return counter.Length;
    }

    /// <summary>The size of a byte string with its length prefix and padding, in bytes.</summary>
    public static long MeasureBytes(long length) => (length + PrefixSize(length) + 3) & ~3L;

    /// <summary>Writes <c>int</c>: four bytes little endian.</summary>
    public void WriteInt32(int value) => WriteUInt32((uint)value);

    /// <summary>Writes a constructor id or a flags word: four bytes little endian.</summary>
    public void WriteUInt32(uint value)
    {
        if (_output is not null) BinaryPrimitives.WriteUInt32LittleEndian(_output.GetSpan(4), value);
        Advance(4);
    }

    /// <summary>Writes <c>long</c>: eight bytes little endian.</summary>
    public void WriteInt64(long value)
    {
        if (_output is not null) BinaryPrimitives.WriteInt64LittleEndian(_output.GetSpan(8), value);
        Advance(8);
    }

    /// <summary>Writes <c>double</c>: IEEE 754, eight bytes little endian.</summary>
    public void WriteDouble(double value) => WriteInt64(BitConverter.DoubleToInt64Bits(value));

    /// <summary>Writes <c>Bool</c>: one of two constructor ids.</summary>
    public void WriteBool(bool value) => WriteUInt32(value ? 0x997275b5 : 0xbc799737);

    /// <summary>Writes <c>int256</c>: 32 bytes as they are.</summary>
    public void WriteBits256(Bits256 value)
    {
        if (_output is not null) value.CopyTo(_output.GetSpan(Bits256.Size));
        Advance(Bits256.Size);
    }

    /// <summary>Writes <c>bytes</c>: a length, the bytes, and zeros up to a multiple of four.</summary>
    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        WritePrefix(value.Length);
        _output?.Write(value);
        Length += value.Length;
        WritePadding(value.Length);
    }

    /// <summary>Writes <c>string</c>: its UTF-8 as <see cref="WriteBytes"/> would.</summary>
    public void WriteString(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        WritePrefix(length);
        if (_output is not null) Encoding.UTF8.GetBytes(value, _output);
        Length += length;
        WritePadding(length);
    }

    /// <summary>Writes an object with its id.</summary>
    public void WriteBoxed(ITlObject value)
    {
        WriteUInt32(value.ConstructorId);
        value.Write(ref this);
    }

    /// <summary>Writes an object with its id as a byte string, without serialising it into a buffer of its own.</summary>
    /// <param name="value">The object.</param>
    /// <param name="length">Its size as <see cref="Measure"/> gives it.</param>
    public void WriteNested(ITlObject value, int length)
    {
        WritePrefix(length);
        if (_output is null) Length += length;
        else WriteBoxed(value);
        WritePadding(length);
    }

    private static int PrefixSize(long length) => length <= 253 ? 1 : length < 1 << 24 ? 4 : 8;

    private void WritePrefix(int length)
    {
        var size = PrefixSize(length);
        if (_output is not null)
        {
            var prefix = _output.GetSpan(size);
            if (size == 1) prefix[0] = (byte)length;
            else if (size == 4) BinaryPrimitives.WriteUInt32LittleEndian(prefix, 0xfe | ((uint)length << 8));
            else BinaryPrimitives.WriteUInt64LittleEndian(prefix, 0xff | ((ulong)length << 8));
        }
        Advance(size);
    }

    private void WritePadding(long length)
    {
        var size = (int)(MeasureBytes(length) - length) - PrefixSize(length);
        if (size == 0) return;
        _output?.GetSpan(size)[..size].Clear();
        Advance(size);
    }

    private void Advance(int count)
    {
        _output?.Advance(count);
        Length += count;
    }
}
