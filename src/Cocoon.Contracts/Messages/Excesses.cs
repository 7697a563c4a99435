using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>What is left of a message value comes back. Nothing but the value matters.</summary>
/// <param name="QueryId">The sender's number for the message.</param>
public sealed record Excesses(ulong QueryId) : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0x2565934c;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static Excesses Load(ulong queryId, CellSlice _) => new(queryId);
}
