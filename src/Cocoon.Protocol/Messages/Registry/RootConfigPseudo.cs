using System.Collections.Immutable;
using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>rootConfig.pseudo</c>: The registry in its first form, with 32-bit prices.</summary>
/// <param name="ProxyHashes">Image hashes of registered proxies.</param>
/// <param name="WorkerHashes">Image hashes of registered workers.</param>
/// <param name="ModelHashes">Hashes of the registered models.</param>
/// <param name="ModelTypes">Names of the registered models.</param>
/// <param name="RegisteredProxies">The registered proxies.</param>
/// <param name="PricePerToken">What a client pays, in nanoTON per adjusted token.</param>
/// <param name="WorkerFeePerToken">What a worker gets, in nanoTON per adjusted token.</param>
/// <param name="LastProxySeqno">The highest number given to a registered proxy.</param>
/// <param name="Version">Counts all changes of the registry.</param>
/// <param name="ParamsVersion">Counts changes of prices and contract codes.</param>
/// <param name="ProxyScCode">The code of proxy contracts, as a bag of cells.</param>
/// <param name="WorkerScCode">The code of worker contracts, as a bag of cells.</param>
/// <param name="ClientScCode">The code of client contracts, as a bag of cells.</param>
/// <param name="RootOwnerAddress">The registry owner's address.</param>
[TlConstructor("rootConfig.pseudo")]
public sealed partial record RootConfigPseudo(
    ImmutableArray<Bits256> ProxyHashes,
    ImmutableArray<Bits256> WorkerHashes,
    ImmutableArray<Bits256> ModelHashes,
    ImmutableArray<string> ModelTypes,
    ImmutableArray<RootConfigRegisteredProxy> RegisteredProxies,
    int PricePerToken,
    int WorkerFeePerToken,
    int LastProxySeqno,
    int Version,
    int ParamsVersion,
    string ProxyScCode,
    string WorkerScCode,
    string ClientScCode,
    string RootOwnerAddress) : IRootConfigConfig;
