namespace Cocoon.Ton.Cells;

/// <summary>Reads and writes runs of bits, most significant bit of the first byte first.</summary>
internal static class BitData
{
    public static int ByteCount(int bits) => (bits + 7) / 8;

    public static bool Get(ReadOnlySpan<byte> data, int offset) => (data[offset >> 3] >> (7 - (offset & 7)) & 1) != 0;

    /// <summary>Reads 0 to 64 bits.</summary>
    public static ulong Read(ReadOnlySpan<byte> data, int offset, int bits)
    {
        ulong value = 0;
        while (bits > 0)
        {
            var available = 8 - (offset & 7);
            var take = Math.Min(available, bits);
            var part = data[offset >> 3] >> (available - take) & ((1 << take) - 1);
            value = value << take | (uint)part;
            offset += take;
            bits -= take;
        }
        return value;
    }

    /// <summary>Writes the low 0 to 64 bits of <paramref name="value"/> over bits that are zero.</summary>
    public static void Write(Span<byte> data, int offset, ulong value, int bits)
    {
        while (bits > 0)
        {
            var available = 8 - (offset & 7);
            var take = Math.Min(available, bits);
            var part = (byte)(value >> (bits - take) & ((1UL << take) - 1));
            data[offset >> 3] |= (byte)(part << (available - take));
            offset += take;
            bits -= take;
        }
    }

    /// <summary>Copies bits over bits that are zero.</summary>
    public static void Copy(ReadOnlySpan<byte> source, int sourceOffset, Span<byte> target, int targetOffset, int bits)
    {
        if (((sourceOffset | targetOffset) & 7) == 0)
        {
            source.Slice(sourceOffset >> 3, bits >> 3).CopyTo(target[(targetOffset >> 3)..]);
            var whole = bits & ~7;
            sourceOffset += whole;
            targetOffset += whole;
            bits -= whole;
        }
        while (bits > 0)
        {
            var take = Math.Min(bits, 64);
            Write(target, targetOffset, Read(source, sourceOffset, take), take);
            sourceOffset += take;
            targetOffset += take;
            bits -= take;
        }
    }
}
