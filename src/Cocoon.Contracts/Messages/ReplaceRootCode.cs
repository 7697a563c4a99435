using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>The registry's owner replaces the registry's code.</summary>
/// <param name="QueryId">The sender's number for the message.</param>
/// <param name="Code">The new code.</param>
public sealed record ReplaceRootCode(ulong QueryId, Cell Code) : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0x11aefd51;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static ReplaceRootCode Load(ulong queryId, CellSlice slice) => new(queryId, slice.LoadReference());

    private protected override void Store(CellBuilder builder) =>
        builder.StoreReference(Code);
}
