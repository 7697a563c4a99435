using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Cocoon.Cryptography;

/// <summary>
/// 256 bits kept by value, in the order they stand on the wire: a hash, a request id, a session id, a secret's hash.
/// Equality takes constant time. <see cref="ToString"/> gives 64 lower-case hexadecimal digits.
/// </summary>
public readonly struct Bits256 : IEquatable<Bits256>, IComparable<Bits256>
{
    /// <summary>The size in bytes.</summary>
    public const int Size = 32;

    private readonly ulong _a;
    private readonly ulong _b;
    private readonly ulong _c;
    private readonly ulong _d;

    /// <summary>Takes exactly <see cref="Size"/> bytes.</summary>
    /// <exception cref="ArgumentException">Another number of bytes was given.</exception>
    public Bits256(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
            throw new ArgumentException($"Expected {Size} bytes, found {bytes.Length}.", nameof(bytes));
        _a = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _b = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _c = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _d = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>All bits zero.</summary>
    public static Bits256 Zero => default;

    /// <summary>Fresh bits from the system's cryptographic generator.</summary>
    public static Bits256 Random()
    {
        Span<byte> bytes = stackalloc byte[Size];
        RandomNumberGenerator.Fill(bytes);
        return new Bits256(bytes);
    }

    /// <summary>The SHA-256 hash of <paramref name="data"/>.</summary>
    public static Bits256 Sha256(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(data, hash);
        return new Bits256(hash);
    }

    /// <summary>Reads 64 hexadecimal digits of either case.</summary>
    /// <exception cref="FormatException">The text is anything else.</exception>
    public static Bits256 Parse(ReadOnlySpan<char> hex) =>
        TryParse(hex, out var value) ? value : throw new FormatException($"Expected {Size * 2} hexadecimal digits, found {hex.Length} characters.");

    /// <summary>Reads 64 hexadecimal digits of either case.</summary>
    public static bool TryParse(ReadOnlySpan<char> hex, out Bits256 value)
    {
        Span<byte> bytes = stackalloc byte[Size];
        if (hex.Length == Size * 2 && Convert.FromHexString(hex, bytes, out _, out var written) == System.Buffers.OperationStatus.Done && written == Size)
        {
            value = new Bits256(bytes);
            return true;
        }
        value = default;
        return false;
    }

    /// <summary>Writes the <see cref="Size"/> bytes to the start of <paramref name="destination"/>.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _a);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _b);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _c);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _d);
    }

    /// <summary>The bytes in a new array.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    public bool Equals(Bits256 other) =>
        ((_a ^ other._a) | (_b ^ other._b) | (_c ^ other._c) | (_d ^ other._d)) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Bits256 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_a, _b, _c, _d);

    /// <summary>Orders by the bits read as one big-endian number.</summary>
    public int CompareTo(Bits256 other)
    {
        var order = _a.CompareTo(other._a);
        if (order == 0) order = _b.CompareTo(other._b);
        if (order == 0) order = _c.CompareTo(other._c);
        return order != 0 ? order : _d.CompareTo(other._d);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{_a:x16}{_b:x16}{_c:x16}{_d:x16}";

    /// <summary>Equality in constant time.</summary>
    public static bool operator ==(Bits256 left, Bits256 right) => left.Equals(right);

    /// <summary>Inequality in constant time.</summary>
    public static bool operator !=(Bits256 left, Bits256 right) => !left.Equals(right);

    /// <summary>Order of the bits read as one big-endian number.</summary>
    public static bool operator <(Bits256 left, Bits256 right) => left.CompareTo(right) < 0;

    /// <summary>Order of the bits read as one big-endian number.</summary>
    public static bool operator >(Bits256 left, Bits256 right) => left.CompareTo(right) > 0;

    /// <summary>Order of the bits read as one big-endian number.</summary>
    public static bool operator <=(Bits256 left, Bits256 right) => left.CompareTo(right) <= 0;

    /// <summary>Order of the bits read as one big-endian number.</summary>
    public static bool operator >=(Bits256 left, Bits256 right) => left.CompareTo(right) >= 0;
}
