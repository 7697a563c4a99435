using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Cocoon.Ton.Cells;

namespace Cocoon.Devnet.Executor;

/// <summary>A value on the TVM's stack (TON TL-B <c>VmStackValue</c>).</summary>
[SuppressMessage("Design", "CA1034", Justification = "The closed set of cases belongs together.")]
public abstract record StackEntry
{
    private StackEntry()
    {
    }

    /// <summary>Null.</summary>
    public sealed record Null : StackEntry;

    /// <summary>Not a number: the result of an arithmetic overflow in quiet mode.</summary>
    public sealed record NotANumber : StackEntry;

    /// <summary>A signed number of 257 bits.</summary>
    public sealed record Number(BigInteger Value) : StackEntry;

    /// <summary>A cell.</summary>
    public sealed record CellValue(Cell Value) : StackEntry;

    /// <summary>A slice, as a cell with just its bits and references.</summary>
    public sealed record SliceValue(Cell Value) : StackEntry;

    /// <summary>A builder, as the cell it would build.</summary>
    public sealed record BuilderValue(Cell Value) : StackEntry;

    /// <summary>A tuple of 0 to 255 values.</summary>
    public sealed record TupleValue(ImmutableArray<StackEntry> Items) : StackEntry;
}
