using System.Collections.Concurrent;
using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Node.Configuration;
using Cocoon.Ton;

namespace Cocoon.Worker.Earnings;

/// <summary>What a worker has earned at every proxy it has met.</summary>
public sealed class ProxyAccounts(TonAddress owner, StateFolder folder)
{
    private readonly ConcurrentDictionary<TonAddress, Lazy<ProxyAccount>> _accounts = new();

    /// <summary>All of them.</summary>
    public IEnumerable<ProxyAccount> All => _accounts.Values.Select(account => account.Value);

    /// <summary>The account at one proxy.</summary>
    public ProxyAccount Open(NetworkParameters parameters, TonAddress proxyContract, Ed25519PublicKey proxyKey) =>
        _accounts.GetOrAdd(proxyContract, _ => new Lazy<ProxyAccount>(() => new ProxyAccount(parameters, owner, proxyContract, proxyKey, folder))).Value;
}
