using Cocoon.Contracts.Registry;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>The registry's owner lists a proxy under the next number.</summary>
/// <param name="QueryId">The sender's number for the message.</param>
/// <param name="Description">Its endpoints, see <see cref="RegisteredProxy.Description"/>; at most 114 characters fit.</param>
public sealed record RegisterProxy(ulong QueryId, string Description) : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0x927c7cb5;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static RegisterProxy Load(ulong queryId, CellSlice slice) => new(queryId, EndpointText.LoadKnown(slice));

    private protected override void Store(CellBuilder builder) => EndpointText.Store(builder, Description);
}
