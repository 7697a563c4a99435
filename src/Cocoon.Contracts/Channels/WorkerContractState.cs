using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Contracts.Channels;

/// <summary>What a worker contract holds.</summary>
public sealed record WorkerContractState
{
    /// <summary>Who is paid.</summary>
    public required TonAddress Owner { get; init; }

    /// <summary>The proxy contract, which pays.</summary>
    public required TonAddress Proxy { get; init; }

    /// <summary>The key that signs vouchers.</summary>
    public required Ed25519PublicKey ProxyKey { get; init; }

    /// <summary>Where the contract is in its life; never <see cref="ContractPhase.Closing"/>.</summary>
    public ContractPhase Phase { get; init; }

    /// <summary>The counter of adjusted tokens paid so far.</summary>
    public AdjustedTokens TokensPaid { get; init; }

    /// <summary>The parameters the contract was born with, without codes.</summary>
    public required NetworkParameters Parameters { get; init; }

    /// <summary>Reads a contract's data, to the last bit and reference.</summary>
    /// <exception cref="CellFormatException">The data is anything else.</exception>
    public static WorkerContractState Decode(Cell data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var slice = data.Open();
        var state = new WorkerContractState
        {
            Owner = slice.LoadStdAddress(),
            Proxy = slice.LoadStdAddress(),
            ProxyKey = new Ed25519PublicKey(slice.LoadBits256()),
            Phase = slice.LoadPhase(),
            TokensPaid = slice.LoadTokens(),
            Parameters = NetworkParameters.Decode(slice.LoadReference()),
        };
        slice.EnsureEnd();
        if (state.Phase == ContractPhase.Closing)
            throw new CellFormatException("A worker contract's state is 1, wanted 0 or 2.");
        return state;
    }

    /// <summary>The contract's data.</summary>
    public Cell ToCell() => new CellBuilder()
        .StoreAddress(Owner).StoreAddress(Proxy).StoreBits(ProxyKey.Bits).StorePhase(Phase).StoreTokens(TokensPaid)
        .StoreReference(Parameters.ToCell()).Build();
}
