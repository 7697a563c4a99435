using Cocoon.Contracts.Economics;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>The registry's owner changes prices, delays and stakes.</summary>
/// <param name="QueryId">The sender's number for the message.</param>
/// <param name="Price">What a client pays, nanoTON per adjusted token.</param>
/// <param name="WorkerFee">What a worker earns, nanoTON per adjusted token.</param>
/// <param name="ProxyCloseDelay">Delay of a closing proxy contract, whole seconds.</param>
/// <param name="ClientCloseDelay">Delay of a closing client contract, whole seconds.</param>
/// <param name="MinProxyStake">The stake a proxy should hold, nanoTON.</param>
/// <param name="MinClientStake">The stake of a new client contract, nanoTON.</param>
public sealed record ChangeParameters(
    ulong QueryId, TokenPrice Price, TokenPrice WorkerFee, TimeSpan ProxyCloseDelay, TimeSpan ClientCloseDelay, Coins MinProxyStake,
    Coins MinClientStake) : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0x022fa189;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static ChangeParameters Load(ulong queryId, CellSlice slice) =>
        new(queryId, slice.LoadPrice(), slice.LoadPrice(), slice.LoadDelay(), slice.LoadDelay(), slice.LoadCoins(), slice.LoadCoins());

    private protected override void Store(CellBuilder builder) =>
        builder.StorePrice(Price).StorePrice(WorkerFee).StoreDelay(ProxyCloseDelay)
            .StoreDelay(ClientCloseDelay).StoreCoins(MinProxyStake).StoreCoins(MinClientStake);
}
