using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>A client takes money out with the proxy's consent, or above its stake.</summary>
/// <param name="Amount">What is to be paid to the client's owner, nanoTON.</param>
/// <param name="Excess">Who gets what is left of the message value; null when the submitter named no plain address.</param>
public sealed record ClientRefundGranted(Coins Amount, TonAddress? Excess) : ClientRequestPayload
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0xc68ebc7b;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    private protected override void Store(CellBuilder builder) => builder.StoreCoins(Amount).StoreAddress(Excess);
}
