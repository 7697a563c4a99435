using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>A client contract tells its proxy contract how it stands, with or without something to do.</summary>
/// <param name="QueryId">The number of the message that caused it.</param>
/// <param name="Owner">The client's owner; the sender's address must follow from it, else the message is an impostor's.</param>
/// <param name="State">How the client contract stands now.</param>
/// <param name="Payload">What the proxy contract is to do, or null.</param>
public sealed record ClientRequest(ulong QueryId, TonAddress Owner, ClientSnapshot State, ClientRequestPayload? Payload) : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0x65448ff4;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static ClientRequest Load(ulong queryId, CellSlice slice) => new(
        queryId, slice.LoadStdAddress(), ClientSnapshot.Decode(slice.LoadReference()),
        slice.LoadMaybeReference() is { } payload ? ClientRequestPayload.Decode(payload) : null);

    private protected override void Store(CellBuilder builder) =>
        builder.StoreAddress(Owner).StoreReference(State.ToCell()).StoreMaybeReference(Payload?.ToCell());
}
