using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Cocoon.Cryptography;

/// <summary>
/// 384 bits kept by value, in the order they stand on the wire: a measurement of a trusted execution environment, the id of a key.
/// <see cref="ToString"/> gives 96 lower-case hexadecimal digits.
/// </summary>
public readonly record struct Bits384
{
    /// <summary>The size in bytes.</summary>
    public const int Size = 48;

    private readonly Bits256 _head;
    private readonly UInt128 _tail;

    /// <summary>Takes exactly <see cref="Size"/> bytes.</summary>
    /// <exception cref="ArgumentException">Another number of bytes was given.</exception>
    public Bits384(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
            throw new ArgumentException($"Expected {Size} bytes, found {bytes.Length}.", nameof(bytes));
        _head = new Bits256(bytes[..Bits256.Size]);
        _tail = BinaryPrimitives.ReadUInt128BigEndian(bytes[Bits256.Size..]);
    }

    /// <summary>All bits zero.</summary>
    public static Bits384 Zero => default;

    /// <summary>The SHA-384 hash of <paramref name="data"/>.</summary>
    public static Bits384 Sha384(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA384.HashData(data, hash);
        return new Bits384(hash);
    }

    /// <summary>Reads 96 hexadecimal digits of either case.</summary>
    /// <exception cref="FormatException">The text is anything else.</exception>
    public static Bits384 Parse(ReadOnlySpan<char> hex) =>
        TryParse(hex, out var value) ? value : throw new FormatException($"Expected {Size * 2} hexadecimal digits, found {hex.Length} characters.");

    /// <summary>Reads 96 hexadecimal digits of either case.</summary>
    public static bool TryParse(ReadOnlySpan<char> hex, out Bits384 value)
    {
        Span<byte> bytes = stackalloc byte[Size];
        if (hex.Length == Size * 2 && Convert.FromHexString(hex, bytes, out _, out var written) == System.Buffers.OperationStatus.Done && written == Size)
        {
            value = new Bits384(bytes);
            return true;
        }
        value = default;
        return false;
    }

    /// <summary>Writes the <see cref="Size"/> bytes to the start of <paramref name="destination"/>.</summary>
    public void CopyTo(Span<byte> destination)
    {
        _head.CopyTo(destination);
        BinaryPrimitives.WriteUInt128BigEndian(destination[Bits256.Size..], _tail);
    }

    /// <summary>The bytes in a new array.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{_head}{_tail:x32}";
}
