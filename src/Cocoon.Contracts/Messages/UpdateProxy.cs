using Cocoon.Contracts.Registry;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>The registry's owner changes a listed proxy's endpoints.</summary>
/// <param name="QueryId">The sender's number for the message.</param>
/// <param name="Seqno">The proxy's number.</param>
/// <param name="Description">Its endpoints, see <see cref="RegisteredProxy.Description"/>; at most 110 characters fit.</param>
public sealed record UpdateProxy(ulong QueryId, uint Seqno, string Description) : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0x9c7924ba;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static UpdateProxy Load(ulong queryId, CellSlice slice) => new(queryId, (uint)slice.LoadUInt(32), EndpointText.LoadKnown(slice));

    private protected override void Store(CellBuilder builder) => EndpointText.Store(builder.StoreUInt(Seqno, 32), Description);
}
