using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>A client's balance grew; the money is in the message.</summary>
/// <param name="Amount">What was added, nanoTON.</param>
/// <param name="Excess">Who gets what is left of the message value; null when the submitter named no plain address.</param>
public sealed record ClientToppedUp(Coins Amount, TonAddress? Excess) : ClientRequestPayload
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0x5cfc6b87;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    private protected override void Store(CellBuilder builder) => builder.StoreCoins(Amount).StoreAddress(Excess);
}
