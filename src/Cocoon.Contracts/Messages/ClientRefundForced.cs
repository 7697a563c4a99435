using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>A client takes its money out after the delay; the proxy contract pays at most its own stake.</summary>
/// <param name="Amount">What is claimed, nanoTON.</param>
/// <param name="Excess">Who gets what is left of the message value; null when the submitter named no plain address.</param>
public sealed record ClientRefundForced(Coins Amount, TonAddress? Excess) : ClientRequestPayload
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0xf4c354c9;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    private protected override void Store(CellBuilder builder) => builder.StoreCoins(Amount).StoreAddress(Excess);
}
