using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>The registry's owner empties all four lists; the number of the last proxy stays.</summary>
/// <param name="QueryId">The sender's number for the message.</param>
public sealed record ResetLists(ulong QueryId) : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0x563c1d96;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static ResetLists Load(ulong queryId, CellSlice _) => new(queryId);
}
