using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>A worker's owner makes its contract announce itself to the proxy contract.</summary>
/// <param name="QueryId">The sender's number for the message.</param>
/// <param name="Excess">Who gets what is left of the message value.</param>
public sealed record RegisterWorker(ulong QueryId, TonAddress Excess) : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0x26ed7f65;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static RegisterWorker Load(ulong queryId, CellSlice slice) => new(queryId, slice.LoadStdAddress());

    private protected override void Store(CellBuilder builder) =>
        builder.StoreAddress(Excess);
}
