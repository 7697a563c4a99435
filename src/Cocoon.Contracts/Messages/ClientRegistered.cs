using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>A client's owner proves that the contract is its own.</summary>
/// <param name="Nonce">The number the proxy asked for.</param>
public sealed record ClientRegistered(ulong Nonce) : ClientRequestPayload
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0xa35cb580;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    private protected override void Store(CellBuilder builder) => builder.StoreUInt(Nonce, 64);
}
