using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Channels;

/// <summary>What a proxy contract holds.</summary>
public sealed record ProxyContractState
{
    /// <summary>Who gets the proxy's share, and everything that is left at the end.</summary>
    public required TonAddress Owner { get; init; }

    /// <summary>The key that signs vouchers.</summary>
    public required Ed25519PublicKey Key { get; init; }

    /// <summary>The registry the proxy was created for; it only makes the address differ.</summary>
    public required TonAddress Root { get; init; }

    /// <summary>Where the contract is in its life.</summary>
    public ContractPhase Phase { get; init; }

    /// <summary>The owner's share that can be paid out, in nanoTON.</summary>
    public Coins Balance { get; init; }

    /// <summary>The stake, in nanoTON, that forced refunds are paid from.</summary>
    public Coins Stake { get; init; }

    /// <summary>When a closing contract may be closed, in whole seconds; null when it is not closing.</summary>
    public DateTimeOffset? UnlockTime { get; init; }

    /// <summary>The parameters the contract was born with, holding the worker and client codes.</summary>
    public required NetworkParameters Parameters { get; init; }

    /// <summary>Reads a contract's data, to the last bit and reference.</summary>
    /// <exception cref="CellFormatException">The data is anything else.</exception>
    public static ProxyContractState Decode(Cell data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var slice = data.Open();
        var state = new ProxyContractState
        {
            Owner = slice.LoadStdAddress(),
            Key = new Ed25519PublicKey(slice.LoadBits256()),
            Root = slice.LoadStdAddress(),
            Phase = slice.LoadPhase(),
            Balance = slice.LoadCoins(),
            Stake = slice.LoadCoins(),
            UnlockTime = slice.LoadTime(),
            Parameters = NetworkParameters.Decode(slice.LoadReference()),
        };
        slice.EnsureEnd();
        return state;
    }

    /// <summary>The contract's data.</summary>
    public Cell ToCell() => new CellBuilder()
        .StoreAddress(Owner).StoreBits(Key.Bits).StoreAddress(Root).StorePhase(Phase)
        .StoreCoins(Balance).StoreCoins(Stake).StoreTime(UnlockTime).StoreReference(Parameters.ToCell()).Build();
}
