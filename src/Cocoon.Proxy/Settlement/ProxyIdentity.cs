using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Proxy.Ledger;
using Cocoon.Ton;

namespace Cocoon.Proxy.Settlement;

/// <summary>Who a proxy is under one set of network parameters: its signing key and the contracts that follow from it.</summary>
public sealed class ProxyIdentity(NetworkParameters parameters, TonAddress owner, Ed25519PrivateKey key, TonAddress root)
{
    /// <summary>The parameters every channel of this proxy was born with.</summary>
    public NetworkParameters Parameters { get; } = parameters;

    /// <summary>Who gets the proxy's share.</summary>
    public TonAddress Owner { get; } = owner;

    /// <summary>The key that signs vouchers; disposed of by whoever made it.</summary>
    public Ed25519PrivateKey Key { get; } = key;

    /// <summary>The proxy contract.</summary>
    public ProxyContract Contract { get; } = new(parameters, owner, key.PublicKey, root);

    /// <summary>The channel of a client with this proxy.</summary>
    public ClientContract Client(TonAddress client) => new(Parameters, client, Contract.Address, Key.PublicKey);

    /// <summary>The channel of a worker with this proxy.</summary>
    public WorkerContract Worker(TonAddress worker) => new(Parameters, worker, Contract.Address, Key.PublicKey);

    /// <summary>The address of a channel with this proxy.</summary>
    public TonAddress Channel(LedgerSide side, TonAddress holder) => side == LedgerSide.Client ? Client(holder).Address : Worker(holder).Address;
}
