using System.Buffers.Binary;

namespace Cocoon.Testing.Tl;

/// <summary>Changes bytes the ways that hurt parsers.</summary>
public static class TlMutations
{
    private static readonly int[] Extremes = [0, 1, -1, 2, 253, 254, 255, 256, 1024, 65535, int.MaxValue, int.MinValue, 1 << 24, (1 << 24) + 1];

    /// <summary>A changed copy.</summary>
    /// <param name="random">Decides which change.</param>
    /// <param name="bytes">What to change.</param>
    /// <param name="other">Where foreign bytes come from.</param>
    public static byte[] Next(SeededRandom random, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> other)
    {
        var copy = bytes.ToArray();
        if (copy.Length == 0) return other.ToArray();
        var at = random.Next(copy.Length);
        switch (random.Next(9))
        {
            case 0:
                copy[at] ^= (byte)(1 << random.Next(8));
                return copy;
            case 1:
                copy[at] = (byte)random.Next(256);
                return copy;
            case 2:
                return copy[..at];
            case 3:
                return [.. copy, .. other[..random.Next(other.Length + 1)]];
            case 4:
                return [.. copy.AsSpan(0, at), .. other[random.Next(other.Length + 1)..]];
            case 5:
                return [.. copy.AsSpan(0, at), .. copy.AsSpan(Math.Min(copy.Length, at + 1 + random.Next(8)))];
            case 6:
                return [.. copy.AsSpan(0, at), .. copy.AsSpan(at, Math.Min(copy.Length - at, 1 + random.Next(16))), .. copy.AsSpan(at)];
            case 7:
                // Where a length byte may stand.
                copy[at & ~3] = (byte)(random.Next(3) + 253);
                return copy;
            default:
                if (copy.Length >= 4)
                    BinaryPrimitives.WriteInt32LittleEndian(copy.AsSpan(Math.Min(at & ~3, copy.Length - 4)), random.Pick(Extremes));
                return copy;
        }
    }
}
