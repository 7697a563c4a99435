using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>The registry's owner replaces the registry's data and code.</summary>
/// <param name="QueryId">The sender's number for the message.</param>
/// <param name="Data">The new data.</param>
/// <param name="Code">The new code.</param>
public sealed record ReplaceRoot(ulong QueryId, Cell Data, Cell Code) : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0x4f7c5789;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static ReplaceRoot Load(ulong queryId, CellSlice slice) => new(queryId, slice.LoadReference(), slice.LoadReference());

    private protected override void Store(CellBuilder builder) =>
        builder.StoreReference(Data).StoreReference(Code);
}
