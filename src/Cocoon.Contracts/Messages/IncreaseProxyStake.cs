using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>Anybody adds to a proxy's stake.</summary>
/// <param name="QueryId">The sender's number for the message.</param>
/// <param name="Amount">What is added, nanoTON; the message must carry it.</param>
/// <param name="Excess">Who gets what is left of the message value.</param>
public sealed record IncreaseProxyStake(ulong QueryId, Coins Amount, TonAddress Excess) : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0x9713f187;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static IncreaseProxyStake Load(ulong queryId, CellSlice slice) => new(queryId, slice.LoadCoins(), slice.LoadStdAddress());

    private protected override void Store(CellBuilder builder) =>
        builder.StoreCoins(Amount).StoreAddress(Excess);
}
