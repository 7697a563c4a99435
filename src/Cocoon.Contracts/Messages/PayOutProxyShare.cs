using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>Anybody makes a proxy contract pay its owner's share out.</summary>
/// <param name="QueryId">The sender's number for the message.</param>
/// <param name="Excess">Who gets what is left of the message value.</param>
public sealed record PayOutProxyShare(ulong QueryId, TonAddress Excess) : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0x7610e6eb;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static PayOutProxyShare Load(ulong queryId, CellSlice slice) => new(queryId, slice.LoadStdAddress());

    private protected override void Store(CellBuilder builder) =>
        builder.StoreAddress(Excess);
}
