using Cocoon.Contracts.Channels;
using Cocoon.Ton;
using Cocoon.Ton.Chain;

namespace Cocoon.Node.Wallet;

/// <summary>
/// Whether a proxy contract can pay. Channels count a voucher as paid, or close, even when the proxy contract is closed or holds too little,
/// and then the claim is gone (Cocoon contracts).
/// </summary>
public static class ProxyFunds
{
    // What the contract keeps for its rent and its next transactions.
    private static readonly Coins Reserve = Coins.FromTon(0.1m);

    /// <summary>Makes sure that the contract can pay <paramref name="due"/> nanoTON now.</summary>
    /// <exception cref="IOException">It cannot, or the chain cannot be read; the message says why.</exception>
    public static async Task RequireAsync(ITonChain chain, TonAddress proxyContract, Coins due, CancellationToken cancellationToken)
    {
        var proxy = await chain.GetAccountAsync(proxyContract, cancellationToken).ConfigureAwait(false);
        if (proxy.Data is not { } data || ProxyContractState.Decode(data).Phase == ContractPhase.Closed)
            throw new IOException($"the proxy contract {proxyContract} is not in use on chain, so that {due} would be lost");
        if (proxy.Balance < due + Reserve)
            throw new IOException($"the proxy contract {proxyContract} holds {proxy.Balance}, {due + Reserve} are needed to pay; what it cannot pay would be lost");
    }
}
