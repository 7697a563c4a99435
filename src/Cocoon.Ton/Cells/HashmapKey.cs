using Cocoon.Cryptography;

namespace Cocoon.Ton.Cells;

/// <summary>A dictionary key: a fixed number of bits, ordered as they stand, highest bit first.</summary>
public readonly struct HashmapKey : IEquatable<HashmapKey>, IComparable<HashmapKey>
{
    private readonly byte[]? _bits;

    /// <summary>Takes the first <paramref name="bitLength"/> bits of <paramref name="bits"/>, highest bit first.</summary>
    public HashmapKey(ReadOnlySpan<byte> bits, int bitLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bitLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bitLength, 8L * bits.Length);
        _bits = bits[..BitData.ByteCount(bitLength)].ToArray();
        if ((bitLength & 7) != 0) _bits[^1] &= (byte)(0xff << (8 - (bitLength & 7)));
        BitLength = bitLength;
    }

    /// <summary>The width in bits.</summary>
    public int BitLength { get; }

    /// <summary>The bits, highest first; the unused low bits of the last byte are zero.</summary>
    public ReadOnlySpan<byte> Bits => _bits;

    /// <summary>An unsigned number as a key of 0 to 64 bits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number does not fit.</exception>
    public static HashmapKey FromUInt64(ulong value, int bitLength)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bitLength, 64u, nameof(bitLength));
        if (bitLength < 64 && value >> bitLength != 0) throw new ArgumentOutOfRangeException(nameof(value), $"{value} does not fit in {bitLength} bits.");
        var bits = new byte[8];
        BitData.Write(bits, 0, value, bitLength);
        return new HashmapKey(bits, bitLength);
    }

    /// <summary>256 bits as a key.</summary>
    public static HashmapKey FromBits256(Bits256 value) => new(value.ToArray(), 8 * Bits256.Size);

    /// <summary>The key read as an unsigned number.</summary>
    /// <exception cref="InvalidOperationException">It is wider than 64 bits.</exception>
    public ulong ToUInt64() => BitLength <= 64
        ? BitData.Read(Bits, 0, BitLength)
        : throw new InvalidOperationException($"A key of {BitLength} bits is no 64-bit number.");

    /// <summary>The key as 256 bits.</summary>
    /// <exception cref="InvalidOperationException">It has another width.</exception>
    public Bits256 ToBits256() => BitLength == 8 * Bits256.Size
        ? new Bits256(Bits)
        : throw new InvalidOperationException($"A key of {BitLength} bits has not 256.");

    /// <inheritdoc/>
    public int CompareTo(HashmapKey other)
    {
        var order = Bits.SequenceCompareTo(other.Bits);
        return order != 0 ? order : BitLength.CompareTo(other.BitLength);
    }

    /// <inheritdoc/>
    public bool Equals(HashmapKey other) => BitLength == other.BitLength && Bits.SequenceEqual(other.Bits);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is HashmapKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bits);
        hash.Add(BitLength);
        return hash.ToHashCode();
    }

    /// <summary>The bits in hexadecimal, and the width.</summary>
    public override string ToString() => $"{Convert.ToHexStringLower(Bits)}:{BitLength}";

    /// <summary>Equality.</summary>
    public static bool operator ==(HashmapKey left, HashmapKey right) => left.Equals(right);

    /// <summary>Inequality.</summary>
    public static bool operator !=(HashmapKey left, HashmapKey right) => !left.Equals(right);

    /// <summary>Order of the bits.</summary>
    public static bool operator <(HashmapKey left, HashmapKey right) => left.CompareTo(right) < 0;

    /// <summary>Order of the bits.</summary>
    public static bool operator >(HashmapKey left, HashmapKey right) => left.CompareTo(right) > 0;

    /// <summary>Order of the bits.</summary>
    public static bool operator <=(HashmapKey left, HashmapKey right) => left.CompareTo(right) <= 0;

    /// <summary>Order of the bits.</summary>
    public static bool operator >=(HashmapKey left, HashmapKey right) => left.CompareTo(right) >= 0;
}
