using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Ton;

namespace Cocoon.Contracts.Channels;

/// <summary>A client contract as it is at birth, and the address that follows from it.</summary>
public sealed class ClientContract
{
    /// <summary>Derives the contract.</summary>
    /// <param name="parameters">The parameters of the proxy contract (or of the registry it was born from), with the client code.</param>
    /// <param name="owner">The client's node wallet.</param>
    /// <param name="proxy">The proxy contract.</param>
    /// <param name="proxyKey">The proxy's key that signs vouchers.</param>
    /// <exception cref="ArgumentException">The parameters have no client code.</exception>
    public ClientContract(NetworkParameters parameters, TonAddress owner, TonAddress proxy, Ed25519PublicKey proxyKey)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        var code = parameters.ClientCode ?? throw new ArgumentException("The network parameters hold no client code.", nameof(parameters));
        InitialState = new ClientContractState
        {
            Owner = owner,
            Proxy = proxy,
            ProxyKey = proxyKey,
            Stake = parameters.MinClientStake,
            Parameters = parameters.ForChannel(),
        };
        StateInit = new StateInit(code, InitialState.ToCell());
        Address = StateInit.Address();
    }

    /// <summary>Derives the contract of <paramref name="owner"/> with a proxy.</summary>
    /// <param name="proxy">What the proxy contract holds.</param>
    /// <param name="proxyAddress">The proxy contract's address.</param>
    /// <param name="owner">The client's node wallet.</param>
    /// <exception cref="ArgumentException">The proxy's parameters have no client code.</exception>
    public static ClientContract Of(ProxyContractState proxy, TonAddress proxyAddress, TonAddress owner)
    {
        ArgumentNullException.ThrowIfNull(proxy);
        return new ClientContract(proxy.Parameters, owner, proxyAddress, proxy.Key);
    }

    /// <summary>What the contract holds when it is deployed.</summary>
    public ClientContractState InitialState { get; }

    /// <summary>Code and initial data, attached to the message that deploys it.</summary>
    public StateInit StateInit { get; }

    /// <summary>The address, in workchain 0.</summary>
    public TonAddress Address { get; }
}
