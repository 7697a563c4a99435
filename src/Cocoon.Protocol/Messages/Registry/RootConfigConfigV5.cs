using System.Collections.Immutable;
using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>rootConfig.configV5</c>: The registry.</summary>
/// <param name="RootOwnerAddress">The registry owner's address.</param>
/// <param name="ProxyHashes">Image hashes of registered proxies.</param>
/// <param name="RegisteredProxies">The registered proxies.</param>
/// <param name="LastProxySeqno">The highest number given to a registered proxy.</param>
/// <param name="WorkerHashes">Image hashes of registered workers.</param>
/// <param name="ModelHashes">Hashes of the registered models.</param>
/// <param name="Version">Counts all changes of the registry.</param>
/// <param name="StructVersion">The layout version of the registry.</param>
/// <param name="ParamsVersion">Counts changes of prices and contract codes.</param>
/// <param name="UniqueId">Tells registries with equal content apart.</param>
/// <param name="IsTest">Non-zero on a test network.</param>
/// <param name="PricePerToken">What a client pays, in nanoTON per adjusted token.</param>
/// <param name="WorkerFeePerToken">What a worker gets, in nanoTON per adjusted token.</param>
/// <param name="PromptTokensPriceMultiplier">Price of a prompt token in ten-thousandths.</param>
/// <param name="CachedTokensPriceMultiplier">Price of a cached prompt token in ten-thousandths.</param>
/// <param name="CompletionTokensPriceMultiplier">Price of a completion token in ten-thousandths.</param>
/// <param name="ReasoningTokensPriceMultiplier">Price of a reasoning token in ten-thousandths.</param>
/// <param name="ProxyDelayBeforeClose">Seconds before a closing proxy contract may be emptied.</param>
/// <param name="ClientDelayBeforeClose">Seconds before a client may close its contract alone.</param>
/// <param name="MinProxyStake">The least proxy stake in nanoTON.</param>
/// <param name="MinClientStake">The least client stake in nanoTON.</param>
/// <param name="ProxyScCode">The code of proxy contracts, as a bag of cells.</param>
/// <param name="WorkerScCode">The code of worker contracts, as a bag of cells.</param>
/// <param name="ClientScCode">The code of client contracts, as a bag of cells.</param>
[TlConstructor("rootConfig.configV5")]
public sealed partial record RootConfigConfigV5(
    string RootOwnerAddress,
    ImmutableArray<Bits256> ProxyHashes,
    ImmutableArray<RootConfigRegisteredProxy> RegisteredProxies,
    int LastProxySeqno,
    ImmutableArray<Bits256> WorkerHashes,
    ImmutableArray<Bits256> ModelHashes,
    int Version,
    int StructVersion,
    int ParamsVersion,
    int UniqueId,
    int IsTest,
    long PricePerToken,
    long WorkerFeePerToken,
    int PromptTokensPriceMultiplier,
    int CachedTokensPriceMultiplier,
    int CompletionTokensPriceMultiplier,
    int ReasoningTokensPriceMultiplier,
    int ProxyDelayBeforeClose,
    int ClientDelayBeforeClose,
    long MinProxyStake,
    long MinClientStake,
    string ProxyScCode,
    string WorkerScCode,
    string ClientScCode) : IRootConfigConfig;
