using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Ton;

namespace Cocoon.Contracts.Channels;

/// <summary>A proxy contract as it is at birth, and the address that follows from it.</summary>
public sealed class ProxyContract
{
    /// <summary>Derives the contract.</summary>
    /// <param name="parameters">The registry's parameters, with all three codes.</param>
    /// <param name="owner">Who gets the proxy's share.</param>
    /// <param name="key">The key that signs vouchers.</param>
    /// <param name="root">The registry's address.</param>
    /// <exception cref="ArgumentException">The parameters have no proxy code.</exception>
    public ProxyContract(NetworkParameters parameters, TonAddress owner, Ed25519PublicKey key, TonAddress root)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        var code = parameters.ProxyCode ?? throw new ArgumentException("The network parameters hold no proxy code.", nameof(parameters));
        InitialState = new ProxyContractState { Owner = owner, Key = key, Root = root, Parameters = parameters.ForProxy() };
        StateInit = new StateInit(code, InitialState.ToCell());
        Address = StateInit.Address();
    }

    /// <summary>What the contract holds when it is deployed.</summary>
    public ProxyContractState InitialState { get; }

    /// <summary>Code and initial data, attached to the message that deploys it.</summary>
    public StateInit StateInit { get; }

    /// <summary>The address, in workchain 0.</summary>
    public TonAddress Address { get; }
}
