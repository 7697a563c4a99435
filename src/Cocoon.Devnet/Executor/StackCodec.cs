using System.Collections.Immutable;
using System.Numerics;
using Cocoon.Cryptography;
using Cocoon.Ton.Cells;

namespace Cocoon.Devnet.Executor;

/// <summary>The stack as cells (TON TL-B <c>VmStack</c>).</summary>
internal static class StackCodec
{
    private const int MaxDepth = 4096;
    private const int MaxTuple = 255;
    private const int MaxNesting = 64;
    private static readonly BigInteger Modulus = BigInteger.One << 256;

    public static Cell Serialize(ImmutableArray<StackEntry> stack)
    {
        var rest = Cell.Empty;
        for (var i = 0; i < stack.Length; i++)
        {
            var builder = new CellBuilder();
            if (i == stack.Length - 1) builder.StoreUInt((ulong)stack.Length, 24);
            rest = Store(builder.StoreReference(rest), stack[i]).Build();
        }
        return stack.Length == 0 ? new CellBuilder().StoreUInt(0, 24).Build() : rest;
    }

    /// <exception cref="CellFormatException">The cells are no stack, or one beyond the bounds.</exception>
    public static ImmutableArray<StackEntry> Deserialize(Cell cell)
    {
        var slice = cell.BeginParse();
        var depth = (int)slice.LoadUInt(24);
        if (depth > MaxDepth) throw new CellFormatException($"A stack has {depth} values, wanted at most {MaxDepth}.");
        var values = new StackEntry[depth];
        for (var i = depth - 1; i >= 0; i--)
        {
            var rest = slice.LoadReference();
            values[i] = Load(slice, 0);
            slice = rest.BeginParse();
        }
        return [.. values];
    }

    private static CellBuilder Store(CellBuilder builder, StackEntry entry) => entry switch
    {
        StackEntry.Null => builder.StoreUInt(0, 8),
        StackEntry.NotANumber => builder.StoreUInt(0x02ff, 16),
        StackEntry.Number number => StoreNumber(builder, number.Value),
        StackEntry.CellValue value => builder.StoreUInt(3, 8).StoreReference(value.Value),
        StackEntry.SliceValue value => builder.StoreUInt(4, 8)
            .StoreUInt(0, 10).StoreUInt((ulong)value.Value.BitLength, 10)
            .StoreUInt(0, 3).StoreUInt((ulong)value.Value.References.Count, 3)
            .StoreReference(value.Value),
        StackEntry.BuilderValue value => builder.StoreUInt(5, 8).StoreReference(value.Value),
        StackEntry.TupleValue tuple => StoreTuple(builder.StoreUInt(7, 8).StoreUInt((ulong)tuple.Items.Length, 16), tuple.Items.AsSpan()),
        _ => throw new ArgumentException($"Unknown stack value {entry.GetType().Name}.", nameof(entry)),
    };

    private static CellBuilder StoreNumber(CellBuilder builder, BigInteger value)
    {
        // 257 bits hold -2^256 to 2^256-1; a number is stored as its sign and its residue.
        if (value >= Modulus || value < -Modulus) throw new ArgumentException("A number does not fit in 257 bits.", nameof(value));
        var residue = value.Sign < 0 ? value + Modulus : value;
        var bytes = new byte[Bits256.Size];
        var magnitude = residue.ToByteArray(isUnsigned: true, isBigEndian: true);
        magnitude.CopyTo(bytes.AsSpan(bytes.Length - magnitude.Length));
        return builder.StoreUInt(0x0200 >> 1, 15).StoreBit(value.Sign < 0).StoreBytes(bytes);
    }

    private static CellBuilder StoreTuple(CellBuilder builder, ReadOnlySpan<StackEntry> items)
    {
        if (items.Length == 0) return builder;
        if (items.Length > MaxTuple)
            throw new ArgumentException($"A tuple has {items.Length} values, wanted at most {MaxTuple}.", nameof(items));
        var head = items[..^1];
        if (head.Length == 1) builder.StoreReference(Store(new CellBuilder(), head[0]).Build());
        if (head.Length > 1) builder.StoreReference(StoreTuple(new CellBuilder(), head).Build());
        return builder.StoreReference(Store(new CellBuilder(), items[^1]).Build());
    }

    private static StackEntry Load(CellSlice slice, int nesting)
    {
        if (nesting > MaxNesting) throw new CellFormatException($"A tuple is nested deeper than {MaxNesting}.");
        var tag = slice.LoadUInt(8);
        return tag switch
        {
            0 => new StackEntry.Null(),
            1 => new StackEntry.Number(slice.LoadInt(64)),
            2 => LoadNumber(slice),
            3 => new StackEntry.CellValue(slice.LoadReference()),
            4 => new StackEntry.SliceValue(LoadSlice(slice)),
            5 => new StackEntry.BuilderValue(slice.LoadReference()),
            7 => new StackEntry.TupleValue(LoadTuple(slice, nesting)),
            _ => throw new CellFormatException($"A stack value has the tag {tag}, wanted 0 to 5 or 7: continuations cannot be carried."),
        };
    }

    private static StackEntry LoadNumber(CellSlice slice)
    {
        if (slice.LoadUInt(7) == 0x7f)
        {
            slice.LoadBit();
            return new StackEntry.NotANumber();
        }
        var negative = slice.LoadBit();
        var residue = new BigInteger(slice.LoadBytes(Bits256.Size), isUnsigned: true, isBigEndian: true);
        return new StackEntry.Number(negative ? residue - Modulus : residue);
    }

    private static Cell LoadSlice(CellSlice slice)
    {
        var (startBit, endBit) = ((int)slice.LoadUInt(10), (int)slice.LoadUInt(10));
        var (startReference, endReference) = ((int)slice.LoadUInt(3), (int)slice.LoadUInt(3));
        var cell = slice.LoadReference();
        if (startBit > endBit || endBit > cell.BitLength || startReference > endReference || endReference > cell.References.Count)
            throw new CellFormatException(
                $"A slice takes bits {startBit} to {endBit} and references {startReference} to {endReference} of a cell with {cell.BitLength} and {cell.References.Count}.");
        var source = cell.BeginParse();
        source.SkipBits(startBit);
        var bits = new byte[(endBit - startBit + 7) / 8];
        source.LoadBits(bits, endBit - startBit);
        var builder = new CellBuilder().StoreBits(bits, endBit - startBit);
        for (var i = startReference; i < endReference; i++) builder.StoreReference(cell.References[i]);
        return builder.Build();
    }

    private static ImmutableArray<StackEntry> LoadTuple(CellSlice slice, int nesting)
    {
        var length = (int)slice.LoadUInt(16);
        if (length > MaxTuple) throw new CellFormatException($"A tuple has {length} values, wanted at most {MaxTuple}.");
        var items = new StackEntry[length];
        for (var i = length - 1; i >= 0; i--)
        {
            // The values before the last one hang on the first reference: one value alone, more as a tuple again.
            var head = i == 0 ? null : slice.LoadReference();
            items[i] = Load(slice.LoadReference().BeginParse(), nesting + 1);
            if (i == 1)
            {
                items[0] = Load(head!.BeginParse(), nesting + 1);
                break;
            }
            if (head is not null) slice = head.BeginParse();
        }
        return [.. items];
    }
}
