using Cocoon.Ton.Cells;

namespace Cocoon.Ton.Messages;

/// <summary>
/// A message of the network (TL-B: Message Any). Both places of the body and of the initial state are read; written are always
/// a reference for the initial state, and a reference for the body unless it is empty.
/// </summary>
public abstract record TonMessage
{
    private protected TonMessage()
    {
    }

    /// <summary>What the receiver's code gets; the empty cell when there is nothing.</summary>
    public Cell Body { get; init; } = Cell.Empty;

    /// <summary>The initial state that the message deploys its receiver with, if any.</summary>
    public StateInit? StateInit { get; init; }

    /// <summary>Reads a message that takes the whole cell.</summary>
    /// <exception cref="CellFormatException">The cell is no message.</exception>
    public static TonMessage Load(Cell cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        return cell.IsExotic
            ? throw new CellFormatException($"A message is a cell of kind {cell.Kind}, wanted an ordinary one.")
            : Load(cell.BeginParse());
    }

    /// <summary>Reads a message that takes the rest of <paramref name="slice"/>.</summary>
    /// <exception cref="CellFormatException">The bits are no message.</exception>
    public static TonMessage Load(CellSlice slice)
    {
        ArgumentNullException.ThrowIfNull(slice);
        TonMessage header = !slice.LoadBit() ? InternalMessage.LoadHeader(slice)
            : !slice.LoadBit() ? ExternalInMessage.LoadHeader(slice)
            : ExternalOutMessage.LoadHeader(slice);
        var init = slice.LoadBit() ? LoadStateInit(slice) : null;
        return header with { StateInit = init, Body = LoadBody(slice) };
    }

    /// <summary>The message as a cell.</summary>
    public Cell ToCell()
    {
        var builder = new CellBuilder();
        StoreHeader(builder);
        builder.StoreBit(StateInit is not null);
        if (StateInit is not null) builder.StoreBit(true).StoreReference(StateInit.ToCell());
        var hasBody = Body.BitLength > 0 || Body.References.Count > 0;
        builder.StoreBit(hasBody);
        if (hasBody) builder.StoreReference(Body);
        return builder.Build();
    }

    private protected abstract void StoreHeader(CellBuilder builder);

    private static StateInit LoadStateInit(CellSlice slice)
    {
        if (!slice.LoadBit()) return StateInit.Load(slice);
        var inner = slice.LoadReference().BeginParse();
        var init = StateInit.Load(inner);
        inner.EnsureEnd();
        return init;
    }

    private static Cell LoadBody(CellSlice slice)
    {
        if (!slice.LoadBit()) return slice.ToCell();
        var body = slice.LoadReference();
        slice.EnsureEnd();
        return body;
    }
}
