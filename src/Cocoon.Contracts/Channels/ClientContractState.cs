using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Channels;

/// <summary>What a client contract holds.</summary>
public sealed record ClientContractState
{
    /// <summary>Where the contract is in its life.</summary>
    public ContractPhase Phase { get; init; }

    /// <summary>The client's claim on the proxy contract, in nanoTON; the money itself is there.</summary>
    public Coins Balance { get; init; }

    /// <summary>What may not be withdrawn while the contract is in use, in nanoTON.</summary>
    public required Coins Stake { get; init; }

    /// <summary>The counter of adjusted tokens charged so far.</summary>
    public AdjustedTokens TokensUsed { get; init; }

    /// <summary>When a refund can be forced, in whole seconds; null when none was requested.</summary>
    public DateTimeOffset? UnlockTime { get; init; }

    /// <summary>The SHA-256 of the secret the client shows to the proxy, zero when none was set.</summary>
    public Bits256 SecretHash { get; init; }

    /// <summary>The client's node wallet.</summary>
    public required TonAddress Owner { get; init; }

    /// <summary>The proxy contract.</summary>
    public required TonAddress Proxy { get; init; }

    /// <summary>The key that signs vouchers.</summary>
    public required Ed25519PublicKey ProxyKey { get; init; }

    /// <summary>The parameters the contract was born with, without codes.</summary>
    public required NetworkParameters Parameters { get; init; }

    /// <summary>
    /// Whether a refund can still pay something out: a refund that the proxy contract could not pay comes back into a contract that is closed already.
    /// </summary>
    public bool IsOwedRefund => Phase != ContractPhase.Closed || Balance > Coins.Zero;

    /// <summary>What a refund pays out that first charges up to a counter, in nanoTON.</summary>
    public Coins RefundAt(AdjustedTokens tokens)
    {
        var cost = tokens > TokensUsed ? Parameters.Price.Cost(tokens - TokensUsed) : Coins.Zero;
        return cost < Balance ? Balance - cost : Coins.Zero;
    }

    /// <summary>Reads a contract's data, to the last bit and reference of each cell.</summary>
    /// <exception cref="CellFormatException">The data is anything else.</exception>
    public static ClientContractState Decode(Cell data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var slice = data.Open();
        var constants = slice.LoadReference().Open();
        var state = new ClientContractState
        {
            Phase = slice.LoadPhase(),
            Balance = slice.LoadCoins(),
            Stake = slice.LoadCoins(),
            TokensUsed = slice.LoadTokens(),
            UnlockTime = slice.LoadTime(),
            SecretHash = slice.LoadBits256(),
            Owner = constants.LoadStdAddress(),
            Proxy = constants.LoadStdAddress(),
            ProxyKey = new Ed25519PublicKey(constants.LoadBits256()),
            Parameters = NetworkParameters.Decode(slice.LoadReference()),
        };
        slice.EnsureEnd();
        constants.EnsureEnd();
        return state;
    }

    /// <summary>The contract's data.</summary>
    public Cell ToCell() => new CellBuilder()
        .StorePhase(Phase).StoreCoins(Balance).StoreCoins(Stake).StoreTokens(TokensUsed).StoreTime(UnlockTime).StoreBits(SecretHash)
        .StoreReference(new CellBuilder().StoreAddress(Owner).StoreAddress(Proxy).StoreBits(ProxyKey.Bits).Build())
        .StoreReference(Parameters.ToCell()).Build();
}
