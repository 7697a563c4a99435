using Cocoon.Ton.Cells;

namespace Cocoon.Ton;

/// <summary>What a contract is born with (TL-B: StateInit). Its hash is the contract's address.</summary>
/// <param name="Code">The code.</param>
/// <param name="Data">The initial data.</param>
public sealed record StateInit(Cell? Code, Cell? Data)
{
    /// <summary>The length of the fixed address prefix, 0 to 31 bits; null for every ordinary contract.</summary>
    public int? FixedPrefixLength { get; init; }

    /// <summary>The tick and tock flags of a special masterchain contract; null for every ordinary contract.</summary>
    public (bool Tick, bool Tock)? Special { get; init; }

    /// <summary>The root of the dictionary of libraries; null for nearly every contract.</summary>
    public Cell? Libraries { get; init; }

    /// <summary>Reads one, and leaves the slice after it.</summary>
    /// <exception cref="CellFormatException">The bits are no StateInit.</exception>
    public static StateInit Load(CellSlice slice)
    {
        ArgumentNullException.ThrowIfNull(slice);
        int? prefix = slice.LoadBit() ? (int)slice.LoadUInt(5) : null;
        (bool, bool)? special = slice.LoadBit() ? (slice.LoadBit(), slice.LoadBit()) : null;
        return new StateInit(slice.LoadMaybeReference(), slice.LoadMaybeReference())
        {
            FixedPrefixLength = prefix,
            Special = special,
            Libraries = slice.LoadMaybeReference(),
        };
    }

    /// <summary>Writes it at the end of <paramref name="builder"/>.</summary>
    public void Store(CellBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.StoreBit(FixedPrefixLength is not null);
        if (FixedPrefixLength is { } prefix) builder.StoreUInt((ulong)prefix, 5);
        builder.StoreBit(Special is not null);
        if (Special is { } special) builder.StoreBit(special.Tick).StoreBit(special.Tock);
        builder.StoreMaybeReference(Code).StoreMaybeReference(Data).StoreMaybeReference(Libraries);
    }

    /// <summary>It as a cell of its own.</summary>
    public Cell ToCell()
    {
        var builder = new CellBuilder();
        Store(builder);
        return builder.Build();
    }

    /// <summary>The address of the contract that is born with it.</summary>
    public TonAddress Address(sbyte workchain = 0) => new(workchain, ToCell().Hash);
}
