using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Cocoon.Cryptography;

namespace Cocoon.Protocol.Tl;

/// <summary>
/// Reads primitive values of the Cocoon wire protocol from hostile bytes. Every method throws <see cref="TlFormatException"/> when the
/// bytes are not what it reads; nothing is allocated that the bytes present do not pay for.
/// </summary>
public ref struct TlReader
{
    /// <summary>How deep objects may lie within each other.</summary>
    public const int MaxDepth = 16;

    private const uint BoolTrue = 0x997275b5;
    private const uint BoolFalse = 0xbc799737;

    private readonly ReadOnlyMemory<byte> _memory;
    private readonly ReadOnlySpan<byte> _span;
    private int _position;
    private int _depth;

    /// <summary>Reads from the start of <paramref name="memory"/>; byte strings are slices of it, not copies.</summary>
    public TlReader(ReadOnlyMemory<byte> memory)
    {
        _memory = memory;
        _span = memory.Span;
    }

    /// <summary>Bytes not read yet.</summary>
    public readonly int Remaining => _span.Length - _position;

    /// <summary>Reads <c>int</c>: four bytes little endian.</summary>
    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    /// <summary>Reads a constructor id: four bytes little endian.</summary>
    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>Reads <c>#</c>: four bytes little endian, of which the highest bit must be 0.</summary>
    public uint ReadFlags()
    {
        var flags = ReadUInt32();
        return flags <= int.MaxValue ? flags : throw Error($"a flags word below 0x80000000, found 0x{flags:x8}", 4);
    }

    /// <summary>Reads <c>long</c>: eight bytes little endian.</summary>
    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    /// <summary>Reads <c>double</c>: IEEE 754, eight bytes little endian.</summary>
    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

    /// <summary>Reads <c>Bool</c>: one of two constructor ids.</summary>
    public bool ReadBool() => ReadUInt32() switch
    {
        BoolTrue => true,
        BoolFalse => false,
        var id => throw Error($"a Bool, found 0x{id:x8}", 4),
    };

    /// <summary>Reads <c>int256</c>: 32 bytes as they are.</summary>
    public Bits256 ReadBits256() => new(Take(Bits256.Size));

    /// <summary>Reads <c>bytes</c> as a slice of the input.</summary>
    public ReadOnlyMemory<byte> ReadBytes()
    {
        var start = _position;
        long length = Take(1)[0];
        if (length == 0xfe)
        {
            var size = Take(3);
            length = size[0] | (size[1] << 8) | (size[2] << 16);
        }
        else if (length == 0xff)
        {
            var size = Take(7);
            length = BinaryPrimitives.ReadUInt32LittleEndian(size);
            if ((size[4] | size[5] | size[6]) != 0) length = long.MaxValue;
        }
        if (length > Remaining) throw Error($"a byte string, found a length that {Remaining} bytes cannot hold", _position - start);
        var value = _memory.Slice(_position, (int)length);
        _position += (int)length;
        Take(-(_position - start) & 3);
        return value;
    }

    /// <summary>
    /// Reads <c>string</c> and makes it printable UTF-8 as the network does: NUL becomes a space; when the text is invalid its last
    /// character is cut off, and when that does not help the text is empty.
    /// </summary>
    public string ReadString()
    {
        var text = ReadBytes().Span;
        if (!Utf8.IsValid(text))
        {
            var cut = text.Length - 1;
            while (cut > 0 && (text[cut] & 0xc0) == 0x80) cut--;
            text = text[..cut];
            if (!Utf8.IsValid(text)) return "";
        }
        return Encoding.UTF8.GetString(text).Replace('\0', ' ');
    }

    /// <summary>Reads a vector's count, which must fit into the bytes that are left.</summary>
    /// <param name="minimumElementSize">The fewest bytes that one element takes, at least 1.</param>
    public int ReadCount(int minimumElementSize)
    {
        var count = ReadInt32();
        if (count < 0 || count > Remaining / minimumElementSize)
            throw Error($"a vector, found a count of {count}, which {Remaining} bytes cannot hold", 4);
        return count;
    }

    /// <summary>Marks the start of an object within the present one.</summary>
    public void Enter()
    {
        if (++_depth > MaxDepth) throw Error($"at most {MaxDepth} objects within each other, found more", 0);
    }

    /// <summary>Marks the end of the innermost object.</summary>
    public void Leave() => _depth--;

    /// <summary>Checks that nothing is left over.</summary>
    public readonly void EnsureEnd()
    {
        if (Remaining > 0) throw Error($"the end, found {Remaining} more bytes", 0);
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > Remaining) throw Error($"{count} more bytes, found {Remaining}", 0);
        var taken = _span.Slice(_position, count);
        _position += count;
        return taken;
    }

    private readonly TlFormatException Error(string expectedAndFound, int back) =>
        new($"Expected at byte {_position - back} {expectedAndFound}.");
}
