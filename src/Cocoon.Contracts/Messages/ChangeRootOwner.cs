using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>The registry's owner hands it over.</summary>
/// <param name="QueryId">The sender's number for the message.</param>
/// <param name="NewOwner">The new owner.</param>
public sealed record ChangeRootOwner(ulong QueryId, TonAddress NewOwner) : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0xc4a1ae54;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static ChangeRootOwner Load(ulong queryId, CellSlice slice) => new(queryId, slice.LoadStdAddress());

    private protected override void Store(CellBuilder builder) =>
        builder.StoreAddress(NewOwner);
}
