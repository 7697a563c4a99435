using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>A client's owner starts to close the contract or, after the delay, forces the refund.</summary>
/// <param name="QueryId">The sender's number for the message.</param>
/// <param name="Excess">Who gets what is left of the message value.</param>
public sealed record RequestClientRefund(ulong QueryId, TonAddress Excess) : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0xfafa6cc1;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static RequestClientRefund Load(ulong queryId, CellSlice slice) => new(queryId, slice.LoadStdAddress());

    private protected override void Store(CellBuilder builder) =>
        builder.StoreAddress(Excess);
}
