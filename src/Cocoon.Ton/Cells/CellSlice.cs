using Cocoon.Cryptography;

namespace Cocoon.Ton.Cells;

/// <summary>
/// Reads a cell from front to back. Reading past the end, or a value of a wrong form, throws <see cref="CellFormatException"/>.
/// Not safe for use by several threads at once.
/// </summary>
public sealed class CellSlice
{
    private readonly Cell _cell;
    private readonly int _endBits;
    private int _position;
    private int _reference;

    internal CellSlice(Cell cell)
    {
        _cell = cell;
        _endBits = cell.BitLength;
    }

    private CellSlice(CellSlice other, int endBits)
    {
        _cell = other._cell;
        _position = other._position;
        _reference = other._reference;
        _endBits = endBits;
    }

    /// <summary>How many bits are left.</summary>
    public int RemainingBits => _endBits - _position;

    /// <summary>How many references are left.</summary>
    public int RemainingReferences => _cell.References.Count - _reference;

    /// <summary>True when the cell is not an ordinary one, so its bits are not plain data.</summary>
    public bool IsExotic => _cell.IsExotic;

    /// <summary>A second reader at the same place.</summary>
    public CellSlice Clone() => new(this, _endBits);

    /// <summary>Reads one bit.</summary>
    public bool LoadBit() => BitData.Get(_cell.Bits, Advance(1));

    /// <summary>Reads an unsigned number of 0 to 64 bits.</summary>
    public ulong LoadUInt(int bits)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bits, 64u, nameof(bits));
        return BitData.Read(_cell.Bits, Advance(bits), bits);
    }

    /// <summary>Reads a signed number of 1 to 64 bits.</summary>
    public long LoadInt(int bits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bits, 1);
        return (long)(LoadUInt(bits) << (64 - bits)) >> (64 - bits);
    }

    /// <summary>Reads an unsigned number of 0 to 128 bits.</summary>
    public UInt128 LoadBigUInt(int bits)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bits, 128u, nameof(bits));
        Need(bits);
        var high = bits > 64 ? LoadUInt(bits - 64) : 0;
        return new UInt128(high, LoadUInt(Math.Min(bits, 64)));
    }

    /// <summary>Reads 256 bits.</summary>
    public Bits256 LoadBits256()
    {
        Span<byte> bytes = stackalloc byte[Bits256.Size];
        LoadBits(bytes, 8 * Bits256.Size);
        return new Bits256(bytes);
    }

    /// <summary>Reads whole bytes.</summary>
    public byte[] LoadBytes(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Need(8L * count);
        var bytes = new byte[count];
        LoadBits(bytes, 8 * count);
        return bytes;
    }

    /// <summary>Reads bits into the start of <paramref name="destination"/>; the rest of the last byte becomes zero.</summary>
    public void LoadBits(Span<byte> destination, int bits)
    {
        Need(bits);
        destination[..BitData.ByteCount(bits)].Clear();
        BitData.Copy(_cell.Bits, _position, destination, 0, bits);
        _position += bits;
    }

    /// <summary>Leaves out bits.</summary>
    public void SkipBits(int bits) => Advance(bits);

    /// <summary>Reads an amount (TL-B: VarUInteger 16).</summary>
    public Coins LoadCoins() => new(LoadVarUInt(16));

    /// <summary>Reads a number that says its own length in bytes (TL-B: VarUInteger <paramref name="limit"/>, limit 2 to 17).</summary>
    public UInt128 LoadVarUInt(int limit)
    {
        var length = (int)LoadUInt(32 - System.Numerics.BitOperations.LeadingZeroCount((uint)(limit - 1)));
        if (length >= limit) throw new CellFormatException($"A number of variable length has {length} bytes, wanted less than {limit}.");
        return LoadBigUInt(8 * length);
    }

    /// <summary>Reads an address or none (TL-B: addr_std without anycast, addr_none).</summary>
    public TonAddress? LoadAddress()
    {
        var tag = LoadUInt(2);
        if (tag == 0) return null;
        if (tag != 2) throw new CellFormatException($"An address has the tag {tag}, wanted 2 (addr_std) or 0 (addr_none).");
        if (LoadBit()) throw new CellFormatException("An address has the anycast form, wanted a plain one.");
        var workchain = (sbyte)LoadInt(8);
        return new TonAddress(workchain, LoadBits256());
    }

    /// <summary>Reads an address that must be there (TL-B: addr_std without anycast).</summary>
    public TonAddress LoadStdAddress() => LoadAddress() ?? throw new CellFormatException("Found no address, wanted one.");

    /// <summary>Reads the next reference.</summary>
    public Cell LoadReference()
    {
        if (RemainingReferences == 0) throw new CellFormatException("The cell has no more references, wanted one.");
        return _cell.References[_reference++];
    }

    /// <summary>Reads one bit, and a reference when it is set (TL-B: Maybe ^Cell).</summary>
    public Cell? LoadMaybeReference() => LoadBit() ? LoadReference() : null;

    /// <summary>Reads a dictionary (TL-B: HashmapE).</summary>
    /// <param name="keyBits">The width of its keys in bits.</param>
    /// <param name="maxEntries">More entries than this are refused.</param>
    public HashmapE LoadDictionary(int keyBits, int maxEntries = HashmapE.DefaultMaxEntries) => HashmapE.Load(this, keyBits, maxEntries);

    /// <summary>Throws unless every bit and reference was read.</summary>
    public void EnsureEnd()
    {
        if (RemainingBits != 0 || RemainingReferences != 0)
            throw new CellFormatException($"{RemainingBits} bits and {RemainingReferences} references are left over, wanted none.");
    }

    /// <summary>What is left, as an ordinary cell of its own (the cell itself when nothing was read yet). Does not advance.</summary>
    public Cell ToCell() =>
        _position == 0 && _reference == 0 && _endBits == _cell.BitLength ? _cell : new CellBuilder().StoreSlice(this).Build();

    internal void CopyRest(Span<byte> destination, int targetOffset) => BitData.Copy(_cell.Bits, _position, destination, targetOffset, RemainingBits);

    internal Cell PeekReference(int ahead) => _cell.References[_reference + ahead];

    private int Advance(int bits)
    {
        Need(bits);
        var start = _position;
        _position += bits;
        return start;
    }

    private void Need(long bits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bits);
        if (bits > RemainingBits) throw new CellFormatException($"The cell has {RemainingBits} bits left, wanted {bits}.");
    }
}
