using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Cocoon.Cryptography;

namespace Cocoon.Ton.Cells;

/// <summary>
/// A dictionary with keys of a fixed width (TL-B: HashmapE n X). Reads every kind of label; writes the shortest one, so equal content
/// always gives equal cells. Entries come in the order of their key bits. Not safe for use by several threads at once.
/// </summary>
[SuppressMessage("Naming", "CA1710", Justification = "The name is TL-B's.")]
public sealed class HashmapE : IEnumerable<KeyValuePair<HashmapKey, Cell>>
{
    /// <summary>The most entries that are read unless the caller says otherwise.</summary>
    public const int DefaultMaxEntries = 1 << 16;

    private readonly SortedDictionary<HashmapKey, Cell> _entries = [];

    /// <summary>Creates an empty dictionary.</summary>
    /// <param name="keyBits">The width of its keys, 1 to 1023 bits.</param>
    public HashmapE(int keyBits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keyBits, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keyBits, Cell.MaxBits);
        KeyBits = keyBits;
    }

    /// <summary>The width of the keys in bits.</summary>
    public int KeyBits { get; }

    /// <summary>How many entries there are.</summary>
    public int Count => _entries.Count;

    /// <summary>Reads a dictionary: one bit, and the root as a reference when it is set.</summary>
    /// <param name="slice">Where it stands.</param>
    /// <param name="keyBits">The width of its keys, 1 to 1023 bits.</param>
    /// <param name="maxEntries">More entries than this are refused: shared cells could otherwise stand for any number of them.</param>
    /// <exception cref="CellFormatException">The cells are no such dictionary.</exception>
    public static HashmapE Load(CellSlice slice, int keyBits, int maxEntries = DefaultMaxEntries)
    {
        ArgumentNullException.ThrowIfNull(slice);
        return LoadRoot(slice.LoadMaybeReference(), keyBits, maxEntries);
    }

    /// <summary>Reads a dictionary from its root cell; null is the empty one.</summary>
    /// <inheritdoc cref="Load"/>
    public static HashmapE LoadRoot(Cell? root, int keyBits, int maxEntries = DefaultMaxEntries)
    {
        var dictionary = new HashmapE(keyBits);
        if (root is not null) dictionary.ReadEdge(root, new byte[BitData.ByteCount(keyBits)], 0, maxEntries);
        return dictionary;
    }

    /// <summary>The value of a key, or null.</summary>
    public Cell? Get(HashmapKey key) => _entries.GetValueOrDefault(Check(key));

    /// <inheritdoc cref="Get(HashmapKey)"/>
    public Cell? Get(ulong key) => Get(HashmapKey.FromUInt64(key, KeyBits));

    /// <inheritdoc cref="Get(HashmapKey)"/>
    public Cell? Get(Bits256 key) => Get(HashmapKey.FromBits256(key));

    /// <summary>Adds or replaces an entry. The value's bits and references stand in the leaf itself and must fit there.</summary>
    /// <exception cref="ArgumentException">The key has another width, or the value is an exotic cell.</exception>
    public void Set(HashmapKey key, Cell value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.IsExotic) throw new ArgumentException($"A value is a cell of kind {value.Kind}, wanted an ordinary one.", nameof(value));
        _entries[Check(key)] = value;
    }

    /// <inheritdoc cref="Set(HashmapKey, Cell)"/>
    public void Set(ulong key, Cell value) => Set(HashmapKey.FromUInt64(key, KeyBits), value);

    /// <inheritdoc cref="Set(HashmapKey, Cell)"/>
    public void Set(Bits256 key, Cell value) => Set(HashmapKey.FromBits256(key), value);

    /// <summary>Takes an entry away; false when there was none.</summary>
    public bool Remove(HashmapKey key) => _entries.Remove(Check(key));

    /// <inheritdoc cref="Remove(HashmapKey)"/>
    public bool Remove(ulong key) => Remove(HashmapKey.FromUInt64(key, KeyBits));

    /// <inheritdoc cref="Remove(HashmapKey)"/>
    public bool Remove(Bits256 key) => Remove(HashmapKey.FromBits256(key));

    /// <summary>The root cell, or null when the dictionary is empty.</summary>
    /// <exception cref="InvalidOperationException">A value does not fit in its leaf.</exception>
    public Cell? ToCell() => _entries.Count == 0 ? null : WriteEdge([.. _entries], 0);

    /// <summary>Stores the dictionary: one bit, and the root as a reference unless it is empty.</summary>
    public void Store(CellBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.StoreDictionary(this);
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<HashmapKey, Cell>> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private HashmapKey Check(HashmapKey key) => key.BitLength == KeyBits
        ? key
        : throw new ArgumentException($"A key has {key.BitLength} bits, wanted {KeyBits}.", nameof(key));

    private void ReadEdge(Cell cell, byte[] key, int position, int maxEntries)
    {
        if (cell.IsExotic) throw new CellFormatException($"A dictionary has a cell of kind {cell.Kind}, wanted an ordinary one.");
        var slice = cell.BeginParse();
        position = ReadLabel(slice, key, position);
        if (position == KeyBits)
        {
            if (_entries.Count == maxEntries) throw new CellFormatException($"A dictionary has more than {maxEntries} entries.");
            _entries.Add(new HashmapKey(key, KeyBits), slice.ToCell());
            return;
        }

        var left = slice.LoadReference();
        var right = slice.LoadReference();
        slice.EnsureEnd();
        ReadEdge(left, Extend(key, position, false), position + 1, maxEntries);
        ReadEdge(right, Extend(key, position, true), position + 1, maxEntries);
    }

    private static byte[] Extend(byte[] key, int position, bool bit)
    {
        var extended = (byte[])key.Clone();
        if (bit) BitData.Write(extended, position, 1, 1);
        return extended;
    }

    /// <summary>Adds the label's bits to the key and returns the new end of the key.</summary>
    private int ReadLabel(CellSlice slice, byte[] key, int position)
    {
        var room = KeyBits - position;
        int length;
        if (!slice.LoadBit())
        {
            for (length = 0; slice.LoadBit(); length++)
            {
            }
            CheckLabel(length, room);
        }
        else if (!slice.LoadBit())
        {
            length = (int)slice.LoadUInt(LengthBits(room));
            CheckLabel(length, room);
        }
        else
        {
            var bit = slice.LoadBit();
            length = (int)slice.LoadUInt(LengthBits(room));
            CheckLabel(length, room);
            for (var i = 0; i < length && bit; i++) BitData.Write(key, position + i, 1, 1);
            return position + length;
        }
        for (var i = 0; i < length; i++) BitData.Write(key, position + i, slice.LoadBit() ? 1UL : 0, 1);
        return position + length;
    }

    private static void CheckLabel(int length, int room)
    {
        if (length > room) throw new CellFormatException($"A dictionary's label has {length} bits, wanted at most {room}.");
    }

    private Cell WriteEdge(ReadOnlySpan<KeyValuePair<HashmapKey, Cell>> entries, int position)
    {
        var first = entries[0].Key.Bits;
        var last = entries[^1].Key.Bits;
        var end = position;
        while (end < KeyBits && BitData.Get(first, end) == BitData.Get(last, end)) end++;
        var builder = new CellBuilder();
        WriteLabel(builder, first, position, end - position);
        if (end == KeyBits) return builder.StoreSlice(entries[0].Value.BeginParse()).Build();

        var split = 0;
        while (!BitData.Get(entries[split].Key.Bits, end)) split++;
        return builder.StoreReference(WriteEdge(entries[..split], end + 1)).StoreReference(WriteEdge(entries[split..], end + 1)).Build();
    }

    private void WriteLabel(CellBuilder builder, ReadOnlySpan<byte> key, int position, int length)
    {
        var lengthBits = LengthBits(KeyBits - position);
        var same = true;
        for (var i = 1; i < length && same; i++) same = BitData.Get(key, position + i) == BitData.Get(key, position);

        // Costs in bits: short 2 + 2·length, long 2 + lengthBits + length, same 3 + lengthBits; the short one wins a tie.
        if (same && length > 1 && lengthBits + 1 < 2 * length)
        {
            builder.StoreUInt(0b11, 2).StoreBit(BitData.Get(key, position)).StoreUInt((ulong)length, lengthBits);
            return;
        }
        if (lengthBits < length)
        {
            builder.StoreUInt(0b10, 2).StoreUInt((ulong)length, lengthBits);
        }
        else
        {
            builder.StoreBit(false);
            for (var i = 0; i < length; i++) builder.StoreBit(true);
            builder.StoreBit(false);
        }
        for (var i = 0; i < length; i++) builder.StoreBit(BitData.Get(key, position + i));
    }

    private static int LengthBits(int room) => 32 - BitOperations.LeadingZeroCount((uint)room);
}
