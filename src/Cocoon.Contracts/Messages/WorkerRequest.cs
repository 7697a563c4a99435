using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>A worker contract tells its proxy contract how it stands, with or without a payment to make.</summary>
/// <param name="QueryId">The number of the message that caused it.</param>
/// <param name="Owner">The worker's owner; the sender's address must follow from it, else the message is an impostor's.</param>
/// <param name="Phase">Where the worker contract is now.</param>
/// <param name="TokensPaid">The counter of adjusted tokens paid, this payment included.</param>
/// <param name="Payment">The payment, or null.</param>
public sealed record WorkerRequest(ulong QueryId, TonAddress Owner, ContractPhase Phase, AdjustedTokens TokensPaid, WorkerPayment? Payment)
    : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0x4d725d2c;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static WorkerRequest Load(ulong queryId, CellSlice slice) => new(
        queryId, slice.LoadStdAddress(), slice.LoadPhase(), slice.LoadTokens(),
        slice.LoadMaybeReference() is { } payload ? WorkerPayment.Decode(payload) : null);

    private protected override void Store(CellBuilder builder) =>
        builder.StoreAddress(Owner).StorePhase(Phase).StoreTokens(TokensPaid).StoreMaybeReference(Payment?.ToCell());
}
