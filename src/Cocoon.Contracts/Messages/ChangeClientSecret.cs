using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>A client's owner sets the secret's hash.</summary>
/// <param name="QueryId">The sender's number for the message.</param>
/// <param name="SecretHash">The SHA-256 of the new secret.</param>
/// <param name="Excess">Who gets what is left of the message value.</param>
public sealed record ChangeClientSecret(ulong QueryId, Bits256 SecretHash, TonAddress Excess) : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0xa9357034;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static ChangeClientSecret Load(ulong queryId, CellSlice slice) => new(queryId, slice.LoadBits256(), slice.LoadStdAddress());

    private protected override void Store(CellBuilder builder) =>
        builder.StoreBits(SecretHash).StoreAddress(Excess);
}
