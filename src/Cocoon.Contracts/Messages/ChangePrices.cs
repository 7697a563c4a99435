using Cocoon.Contracts.Economics;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>The registry's owner changes prices.</summary>
/// <param name="QueryId">The sender's number for the message.</param>
/// <param name="Price">What a client pays, nanoTON per adjusted token.</param>
/// <param name="WorkerFee">What a worker earns, nanoTON per adjusted token.</param>
public sealed record ChangePrices(ulong QueryId, TokenPrice Price, TokenPrice WorkerFee) : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0xc52ed8d4;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static ChangePrices Load(ulong queryId, CellSlice slice) => new(queryId, slice.LoadPrice(), slice.LoadPrice());

    private protected override void Store(CellBuilder builder) =>
        builder.StorePrice(Price).StorePrice(WorkerFee);
}
