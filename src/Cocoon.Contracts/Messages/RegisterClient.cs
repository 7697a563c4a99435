using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>A client's owner proves to the proxy that the contract is its own.</summary>
/// <param name="QueryId">The sender's number for the message.</param>
/// <param name="Nonce">The number the proxy asked for.</param>
/// <param name="Excess">Who gets what is left of the message value.</param>
public sealed record RegisterClient(ulong QueryId, ulong Nonce, TonAddress Excess) : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0xc45f9f3b;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static RegisterClient Load(ulong queryId, CellSlice slice) => new(queryId, slice.LoadUInt(64), slice.LoadStdAddress());

    private protected override void Store(CellBuilder builder) =>
        builder.StoreUInt(Nonce, 64).StoreAddress(Excess);
}
