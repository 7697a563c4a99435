using System.Buffers.Binary;
using System.Numerics;
using Cocoon.Cryptography;

namespace Cocoon.Ton.Cells;

/// <summary>
/// The binary form of a tree of cells ("bag of cells", TON TL-B: serialized_boc and its two older forms). Reads every variant
/// with one root; writes the usual one without an index, each cell once, parents before children.
/// </summary>
public static class BagOfCells
{
    /// <summary>The most bytes that are read.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>The most cells that are read.</summary>
    public const int MaxCells = 1 << 18;

    private const uint Magic = 0xb5ee9c72;
    private const uint MagicIndexed = 0x68ff65f3;
    private const uint MagicIndexedCrc = 0xacc3a728;
    private const int CrcSize = 4;

    /// <summary>Reads a bag with exactly one root.</summary>
    /// <exception cref="CellFormatException">The bytes break a rule of the form.</exception>
    public static Cell Deserialize(ReadOnlySpan<byte> boc)
    {
        if (boc.Length > MaxBytes) throw new CellFormatException($"A bag of cells has {boc.Length} bytes, wanted at most {MaxBytes}.");
        var reader = new Reader(boc);
        var header = ReadHeader(ref reader);
        var index = header.HasIndex ? reader.Take((long)header.Cells * header.OffsetSize) : default;
        var data = reader.Take(header.DataSize);
        if (header.HasCrc)
        {
            var wanted = Checksums.Crc32C(boc[..reader.Position]);
            var found = BinaryPrimitives.ReadUInt32LittleEndian(reader.Take(CrcSize));
            if (found != wanted) throw new CellFormatException($"A bag of cells has the CRC-32C {found:x8}, wanted {wanted:x8}.");
        }
        if (reader.Position != boc.Length) throw new CellFormatException($"A bag of cells has {boc.Length - reader.Position} bytes left over.");
        return ReadCells(header, index, data);
    }

    /// <summary>Writes a tree; a subtree that occurs several times is written once.</summary>
    /// <param name="root">The root.</param>
    /// <param name="crc">Whether a CRC-32C is put at the end.</param>
    public static byte[] Serialize(Cell root, bool crc = false)
    {
        ArgumentNullException.ThrowIfNull(root);
        var order = new List<Cell>();
        var places = new Dictionary<Bits256, int>();
        Visit(root, order, places);
        order.Reverse();
        for (var i = 0; i < order.Count; i++) places[order[i].Hash] = i;

        var referenceSize = BytesFor(order.Count);
        var dataSize = 0L;
        foreach (var cell in order) dataSize += 2 + cell.Bits.Length + cell.References.Count * referenceSize;
        var offsetSize = BytesFor(dataSize);

        var output = new byte[6 + 4 * referenceSize + offsetSize + dataSize + (crc ? CrcSize : 0)];
        BinaryPrimitives.WriteUInt32BigEndian(output, Magic);
        output[4] = (byte)((crc ? 0x40 : 0) | referenceSize);
        output[5] = (byte)offsetSize;
        var position = 6;
        Put(output, ref position, order.Count, referenceSize);
        Put(output, ref position, 1, referenceSize);
        Put(output, ref position, 0, referenceSize);
        Put(output, ref position, dataSize, offsetSize);
        Put(output, ref position, 0, referenceSize);
        foreach (var cell in order)
        {
            output[position++] = cell.FirstDescriptor(3);
            output[position++] = cell.SecondDescriptor;
            position += cell.CopyCompleted(output.AsSpan(position));
            foreach (var reference in cell.References) Put(output, ref position, places[reference.Hash], referenceSize);
        }
        if (crc) BinaryPrimitives.WriteUInt32LittleEndian(output.AsSpan(position), Checksums.Crc32C(output.AsSpan(0, position)));
        return output;
    }

    // Depth first, last reference first; the reversed result has parents before children and first references first.
    private static void Visit(Cell cell, List<Cell> order, Dictionary<Bits256, int> seen)
    {
        if (!seen.TryAdd(cell.Hash, 0)) return;
        for (var i = cell.References.Count - 1; i >= 0; i--) Visit(cell.References[i], order, seen);
        order.Add(cell);
    }

    private static Header ReadHeader(ref Reader reader)
    {
        var magic = (uint)reader.Number(4);
        var flags = (int)reader.Number(1);
        bool hasIndex, hasCrc, hasCacheBits = false;
        switch (magic)
        {
            case Magic:
                (hasIndex, hasCrc, hasCacheBits) = ((flags & 0x80) != 0, (flags & 0x40) != 0, (flags & 0x20) != 0);
                if ((flags & 0x18) != 0) throw new CellFormatException($"A bag of cells has unknown flags {flags & 0x18:x2}.");
                flags &= 7;
                break;
            case MagicIndexed or MagicIndexedCrc:
                (hasIndex, hasCrc) = (true, magic == MagicIndexedCrc);
                break;
            default:
                throw new CellFormatException($"A bag of cells starts with {magic:x8}, wanted {Magic:x8}.");
        }
        if (hasCacheBits && !hasIndex) throw new CellFormatException("A bag of cells has cache bits but no index.");
        var referenceSize = flags;
        var offsetSize = (int)reader.Number(1);
        if (referenceSize is < 1 or > 4) throw new CellFormatException($"A bag of cells has {referenceSize} bytes a reference, wanted 1 to 4.");
        if (offsetSize is < 1 or > 8) throw new CellFormatException($"A bag of cells has {offsetSize} bytes an offset, wanted 1 to 8.");

        var cells = reader.Number(referenceSize);
        var roots = reader.Number(referenceSize);
        var absent = reader.Number(referenceSize);
        var dataSize = reader.Number(offsetSize);
        if (roots != 1) throw new CellFormatException($"A bag of cells has {roots} roots, wanted 1.");
        if (absent != 0) throw new CellFormatException($"A bag of cells lacks {absent} cells, wanted a whole one.");
        if (cells is < 1 or > MaxCells) throw new CellFormatException($"A bag of cells has {cells} cells, wanted 1 to {MaxCells}.");
        if (dataSize is < 2 or > MaxBytes || dataSize < cells * 2)
            throw new CellFormatException($"A bag of cells has {dataSize} bytes for {cells} cells, wanted 2 a cell to {MaxBytes}.");
        var root = magic == Magic ? reader.Number(referenceSize) : 0;
        if (root >= cells) throw new CellFormatException($"A bag of cells has its root at {root} of {cells} cells.");
        return new Header(hasIndex, hasCrc, hasCacheBits, referenceSize, offsetSize, (int)cells, (int)dataSize, (int)root);
    }

    private static Cell ReadCells(Header header, ReadOnlySpan<byte> index, ReadOnlySpan<byte> data)
    {
        var starts = new int[header.Cells];
        var reader = new Reader(data);
        for (var i = 0; i < header.Cells; i++)
        {
            starts[i] = reader.Position;
            SkipCell(ref reader, header.ReferenceSize);
            if (!header.HasIndex) continue;
            var end = ReadNumber(index.Slice(i * header.OffsetSize, header.OffsetSize));
            if (header.HasCacheBits) end >>= 1;
            if (end != (ulong)reader.Position)
                throw new CellFormatException($"The index of a bag of cells ends cell {i} at {end}, wanted {reader.Position}.");
        }
        if (reader.Position != data.Length) throw new CellFormatException($"{data.Length - reader.Position} bytes after the last cell are left over.");

        // References point forward only, so going backwards every child exists before its parent and no cycle can be.
        var cells = new Cell[header.Cells];
        for (var i = header.Cells - 1; i >= 0; i--)
        {
            reader = new Reader(data, starts[i]);
            cells[i] = ReadCell(ref reader, i, cells, header.ReferenceSize);
        }
        return cells[header.Root];
    }

    private static void SkipCell(ref Reader reader, int referenceSize)
    {
        var (first, second) = ReadDescriptors(ref reader);
        reader.Take(StoredHashesSize(first) + (second + 1) / 2 + (first & 7) * referenceSize);
    }

    private static Cell ReadCell(ref Reader reader, int place, Cell[] cells, int referenceSize)
    {
        var (first, second) = ReadDescriptors(ref reader);
        var stored = reader.Take(StoredHashesSize(first));
        var bits = reader.Take((second + 1) / 2).ToArray();
        var bitLength = bits.Length * 8;
        if ((second & 1) != 0)
        {
            var last = bits[^1];
            if ((last & 0x7f) == 0) throw new CellFormatException($"Cell {place} has no end mark in its last byte {last:x2}.");
            var padding = BitOperations.TrailingZeroCount(last) + 1;
            bits[^1] = (byte)(last & 0xff << padding);
            bitLength -= padding;
        }
        var references = new Cell[first & 7];
        for (var i = 0; i < references.Length; i++)
        {
            var target = reader.Number(referenceSize);
            if (target <= (ulong)place || target >= (ulong)cells.Length)
                throw new CellFormatException($"Cell {place} of {cells.Length} refers to cell {target}, wanted a later one.");
            references[i] = cells[target];
        }
        var cell = new Cell(bits, bitLength, references, (first & 8) != 0);
        if (cell.LevelMask != first >> 5) throw new CellFormatException($"Cell {place} has the level mask {first >> 5}, wanted {cell.LevelMask}.");
        if (!stored.IsEmpty) CheckStoredHashes(cell, stored, place);
        return cell;
    }

    private static (int First, int Second) ReadDescriptors(ref Reader reader)
    {
        var first = (int)reader.Number(1);
        var second = (int)reader.Number(1);
        if ((first & 7) > Cell.MaxReferences) throw new CellFormatException($"A cell has {first & 7} references, wanted at most {Cell.MaxReferences}.");
        return (first, second);
    }

    private static int StoredHashesSize(int first) =>
        (first & 16) == 0 ? 0 : (BitOperations.PopCount((uint)first >> 5) + 1) * (Bits256.Size + Cell.DepthSize);

    private static void CheckStoredHashes(Cell cell, ReadOnlySpan<byte> stored, int place)
    {
        var count = stored.Length / (Bits256.Size + Cell.DepthSize);
        var index = 0;
        for (var level = 0; level <= cell.Level; level++)
        {
            if (level > 0 && (cell.LevelMask >> (level - 1) & 1) == 0) continue;
            var hash = new Bits256(stored.Slice(index * Bits256.Size, Bits256.Size));
            var depth = BinaryPrimitives.ReadUInt16BigEndian(stored[(count * Bits256.Size + index * Cell.DepthSize)..]);
            if (hash != cell.HashAt(level) || depth != cell.DepthAt(level))
                throw new CellFormatException($"Cell {place} is stored with hash {hash} and depth {depth}, wanted {cell.HashAt(level)} and {cell.DepthAt(level)}.");
            index++;
        }
    }

    private static int BytesFor(long value) => Math.Max(1, (64 - BitOperations.LeadingZeroCount((ulong)value) + 7) / 8);

    private static void Put(byte[] output, ref int position, long value, int size)
    {
        for (var shift = 8 * (size - 1); shift >= 0; shift -= 8) output[position++] = (byte)(value >> shift);
    }

    private static ulong ReadNumber(ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        foreach (var item in bytes) value = value << 8 | item;
        return value;
    }

    private readonly record struct Header(
        bool HasIndex, bool HasCrc, bool HasCacheBits, int ReferenceSize, int OffsetSize, int Cells, int DataSize, int Root);

    private ref struct Reader(ReadOnlySpan<byte> data, int position = 0)
    {
        private readonly ReadOnlySpan<byte> _data = data;

        public int Position { get; private set; } = position;

        public ReadOnlySpan<byte> Take(long count)
        {
            if (count > _data.Length - Position)
                throw new CellFormatException($"A bag of cells ends at byte {_data.Length}, wanted {count} more from byte {Position}.");
            var part = _data.Slice(Position, (int)count);
            Position += (int)count;
            return part;
        }

        public ulong Number(int size) => ReadNumber(Take(size));
    }
}
