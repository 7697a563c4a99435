using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>A client's owner raises the stake; no money moves.</summary>
/// <param name="QueryId">The sender's number for the message.</param>
/// <param name="NewStake">The new stake, nanoTON, more than the old one.</param>
/// <param name="Excess">Who gets what is left of the message value.</param>
public sealed record IncreaseClientStake(ulong QueryId, Coins NewStake, TonAddress Excess) : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0x6a1f6a60;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static IncreaseClientStake Load(ulong queryId, CellSlice slice) => new(queryId, slice.LoadCoins(), slice.LoadStdAddress());

    private protected override void Store(CellBuilder builder) =>
        builder.StoreCoins(NewStake).StoreAddress(Excess);
}
