using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>A client's owner sets the secret's hash and adds to the balance.</summary>
/// <param name="QueryId">The sender's number for the message.</param>
/// <param name="Amount">What is added, nanoTON; the message must carry it.</param>
/// <param name="SecretHash">The SHA-256 of the new secret.</param>
/// <param name="Excess">Who gets what is left of the message value.</param>
public sealed record ChangeSecretAndTopUpClient(ulong QueryId, Coins Amount, Bits256 SecretHash, TonAddress Excess) : ContractMessage(QueryId)
{
    /// <summary>The operation code.</summary>
    public const uint OpCode = 0x8473b408;

    /// <inheritdoc/>
    public override uint Op => OpCode;

    internal static ChangeSecretAndTopUpClient Load(ulong queryId, CellSlice slice) =>
        new(queryId, slice.LoadCoins(), slice.LoadBits256(), slice.LoadStdAddress());

    private protected override void Store(CellBuilder builder) =>
        builder.StoreCoins(Amount).StoreBits(SecretHash).StoreAddress(Excess);
}
