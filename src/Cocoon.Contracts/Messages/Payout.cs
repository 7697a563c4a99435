using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>A proxy contract pays: to a worker, to a client or to its owner.</summary>
/// <param name="QueryId">The sender's number for the message.</param>
public sealed record Payout(ulong QueryId) : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0xc59a7cd3;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static Payout Load(ulong queryId, CellSlice _) => new(queryId);
}
