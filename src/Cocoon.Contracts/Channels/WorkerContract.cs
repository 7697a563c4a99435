using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Ton;

namespace Cocoon.Contracts.Channels;

/// <summary>A worker contract as it is at birth, and the address that follows from it.</summary>
public sealed class WorkerContract
{
    /// <summary>Derives the contract.</summary>
    /// <param name="parameters">The parameters of the proxy contract (or of the registry it was born from), with the worker code.</param>
    /// <param name="owner">Who is paid.</param>
    /// <param name="proxy">The proxy contract.</param>
    /// <param name="proxyKey">The proxy's key that signs vouchers.</param>
    /// <exception cref="ArgumentException">The parameters have no worker code.</exception>
    public WorkerContract(NetworkParameters parameters, TonAddress owner, TonAddress proxy, Ed25519PublicKey proxyKey)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        var code = parameters.WorkerCode ?? throw new ArgumentException("The network parameters hold no worker code.", nameof(parameters));
        InitialState = new WorkerContractState
        {
            Owner = owner,
            Proxy = proxy,
            ProxyKey = proxyKey,
            Parameters = parameters.ForChannel(),
        };
        StateInit = new StateInit(code, InitialState.ToCell());
        Address = StateInit.Address();
    }

    /// <summary>Derives the contract of <paramref name="owner"/> with a proxy.</summary>
    /// <param name="proxy">What the proxy contract holds.</param>
    /// <param name="proxyAddress">The proxy contract's address.</param>
    /// <param name="owner">Who is paid.</param>
    /// <exception cref="ArgumentException">The proxy's parameters have no worker code.</exception>
    public static WorkerContract Of(ProxyContractState proxy, TonAddress proxyAddress, TonAddress owner)
    {
        ArgumentNullException.ThrowIfNull(proxy);
        return new WorkerContract(proxy.Parameters, owner, proxyAddress, proxy.Key);
    }

    /// <summary>What the contract holds when it is deployed.</summary>
    public WorkerContractState InitialState { get; }

    /// <summary>Code and initial data, attached to the message that deploys it.</summary>
    public StateInit StateInit { get; }

    /// <summary>The address, in workchain 0.</summary>
    public TonAddress Address { get; }
}
