using Cocoon.Cryptography;

namespace Cocoon.Ton.Cells;

/// <summary>
/// Collects bits and references for a new cell. A value that does not fit its width, or the cell, throws
/// <see cref="ArgumentException"/> or <see cref="InvalidOperationException"/>.
/// </summary>
public sealed class CellBuilder
{
    private readonly byte[] _bits = new byte[128];
    private readonly List<Cell> _references = new(Cell.MaxReferences);

    /// <summary>How many bits were stored, 0 to 1023.</summary>
    public int BitLength { get; private set; }

    /// <summary>How many references were stored, 0 to 4.</summary>
    public int ReferenceCount => _references.Count;

    /// <summary>Stores one bit.</summary>
    public CellBuilder StoreBit(bool value) => Store(value ? 1UL : 0, 1);

    /// <summary>Stores an unsigned number in 0 to 64 bits.</summary>
    public CellBuilder StoreUInt(ulong value, int bits)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bits, 64u, nameof(bits));
        if (bits < 64 && value >> bits != 0) throw new ArgumentOutOfRangeException(nameof(value), $"{value} does not fit in {bits} bits.");
        return Store(value, bits);
    }

    /// <summary>Stores a signed number in 1 to 64 bits, two's complement.</summary>
    public CellBuilder StoreInt(long value, int bits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bits, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, 64);
        if (value << (64 - bits) >> (64 - bits) != value) throw new ArgumentOutOfRangeException(nameof(value), $"{value} does not fit in {bits} bits.");
        return Store((ulong)value, bits);
    }

    /// <summary>Stores an unsigned number in 0 to 128 bits.</summary>
    public CellBuilder StoreBigUInt(UInt128 value, int bits)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bits, 128u, nameof(bits));
        if (bits < 128 && value >> bits != 0) throw new ArgumentOutOfRangeException(nameof(value), $"{value} does not fit in {bits} bits.");
        Reserve(bits);
        if (bits > 64) Store((ulong)(value >> 64), bits - 64);
        return Store((ulong)value, Math.Min(bits, 64));
    }

    /// <summary>Stores 256 bits.</summary>
    public CellBuilder StoreBits(Bits256 value)
    {
        Span<byte> bytes = stackalloc byte[Bits256.Size];
        value.CopyTo(bytes);
        return StoreBytes(bytes);
    }

    /// <summary>Stores whole bytes.</summary>
    public CellBuilder StoreBytes(ReadOnlySpan<byte> data) => StoreBits(data, 8 * data.Length);

    /// <summary>Stores the first <paramref name="bitLength"/> bits of <paramref name="data"/>, highest bit first.</summary>
    public CellBuilder StoreBits(ReadOnlySpan<byte> data, int bitLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bitLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bitLength, 8L * data.Length);
        Reserve(bitLength);
        BitData.Copy(data, 0, _bits, BitLength, bitLength);
        BitLength += bitLength;
        return this;
    }

    /// <summary>Stores an amount (TL-B: VarUInteger 16).</summary>
    public CellBuilder StoreCoins(Coins value)
    {
        var bytes = (128 - (int)UInt128.LeadingZeroCount(value.NanoTon) + 7) / 8;
        if (bytes > 15) throw new ArgumentOutOfRangeException(nameof(value), $"{value} does not fit in 120 bits.");
        return StoreUInt((ulong)bytes, 4).StoreBigUInt(value.NanoTon, 8 * bytes);
    }

    /// <summary>Stores an address (TL-B: addr_std), or addr_none for null.</summary>
    public CellBuilder StoreAddress(TonAddress? address) => address is { } given
        ? StoreUInt(0b100, 3).StoreInt(given.Workchain, 8).StoreBits(given.Hash)
        : StoreUInt(0, 2);

    /// <summary>Stores a reference.</summary>
    public CellBuilder StoreReference(Cell cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        if (_references.Count == Cell.MaxReferences) throw new InvalidOperationException($"The cell already has {Cell.MaxReferences} references.");
        _references.Add(cell);
        return this;
    }

    /// <summary>Stores one bit, and the reference when there is one (TL-B: Maybe ^Cell).</summary>
    public CellBuilder StoreMaybeReference(Cell? cell)
    {
        StoreBit(cell is not null);
        return cell is null ? this : StoreReference(cell);
    }

    /// <summary>Stores everything that <paramref name="slice"/> has left; the slice itself does not advance.</summary>
    public CellBuilder StoreSlice(CellSlice slice)
    {
        ArgumentNullException.ThrowIfNull(slice);
        Reserve(slice.RemainingBits);
        slice.CopyRest(_bits, BitLength);
        BitLength += slice.RemainingBits;
        for (var i = 0; i < slice.RemainingReferences; i++) StoreReference(slice.PeekReference(i));
        return this;
    }

    /// <summary>Stores a dictionary (TL-B: HashmapE); an empty one takes one bit.</summary>
    public CellBuilder StoreDictionary(HashmapE dictionary)
    {
        ArgumentNullException.ThrowIfNull(dictionary);
        return StoreMaybeReference(dictionary.ToCell());
    }

    /// <summary>Makes an ordinary cell. The builder may go on afterwards.</summary>
    /// <exception cref="CellFormatException">The tree is too deep.</exception>
    public Cell Build() => Build(exotic: false);

    /// <summary>Makes an exotic cell; its first byte must be the value of its <see cref="CellKind"/>.</summary>
    /// <exception cref="CellFormatException">The content breaks a rule of the kind.</exception>
    public Cell BuildExotic() => Build(exotic: true);

    private Cell Build(bool exotic) => new(_bits[..BitData.ByteCount(BitLength)], BitLength, [.. _references], exotic);

    private CellBuilder Store(ulong value, int bits)
    {
        Reserve(bits);
        BitData.Write(_bits, BitLength, value, bits);
        BitLength += bits;
        return this;
    }

    private void Reserve(int bits)
    {
        if (BitLength + bits > Cell.MaxBits)
            throw new InvalidOperationException($"The cell holds {BitLength} bits; {bits} more pass the limit of {Cell.MaxBits}.");
    }
}
