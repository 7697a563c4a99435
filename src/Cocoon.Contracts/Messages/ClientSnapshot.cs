using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Messages;

/// <summary>How a client contract stands after a transaction, as it tells its proxy contract.</summary>
/// <param name="Phase">Where it is in its life.</param>
/// <param name="Balance">The claim on the proxy contract, nanoTON.</param>
/// <param name="Stake">The stake, nanoTON.</param>
/// <param name="TokensUsed">The counter of adjusted tokens charged.</param>
/// <param name="SecretHash">The SHA-256 of the client's secret, zero when none was set.</param>
public sealed record ClientSnapshot(ContractPhase Phase, Coins Balance, Coins Stake, AdjustedTokens TokensUsed, Bits256 SecretHash)
{
    /// <summary>Reads a state cell, to the last bit and reference.</summary>
    /// <exception cref="CellFormatException">The cell is anything else.</exception>
    public static ClientSnapshot Decode(Cell cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        var slice = cell.Open();
        var snapshot = new ClientSnapshot(slice.LoadPhase(), slice.LoadCoins(), slice.LoadCoins(), slice.LoadTokens(), slice.LoadBits256());
        slice.EnsureEnd();
        return snapshot;
    }

    /// <summary>The state cell.</summary>
    public Cell ToCell() => new CellBuilder()
        .StorePhase(Phase).StoreCoins(Balance).StoreCoins(Stake).StoreTokens(TokensUsed).StoreBits(SecretHash).Build();
}
