using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>workerRunner.config</c>: A worker's configuration file.</summary>
/// <param name="IsTest">Whether the network is a test network.</param>
/// <param name="IsTestnet">Whether the chain is TON's testnet.</param>
/// <param name="HttpPort">The HTTP port.</param>
/// <param name="OwnerAddress">The owner's address in friendly form.</param>
/// <param name="ProxyConnections">How many proxies to stay connected to.</param>
/// <param name="ConnectToProxyVia">The SOCKS5 router's address; empty for none.</param>
/// <param name="ModelName">The model's name.</param>
/// <param name="Coefficient">The price factor in thousandths.</param>
/// <param name="RootContractAddress">The registry's address.</param>
/// <param name="NodeWalletKey">The node wallet's secret seed.</param>
/// <param name="ForwardRequestsTo">The base URL of the inference server.</param>
/// <param name="TonConfigFilename">The TON configuration file.</param>
/// <param name="CheckProxyHashes">Whether proxies must run a registered image.</param>
/// <param name="MaxActiveRequests">How many requests may run at once.</param>
/// <param name="ImageHash">The image's hash.</param>
/// <param name="HttpAccessHash">Guards the HTTP port.</param>
[TlConstructor("workerRunner.config")]
public sealed partial record WorkerRunnerConfig(
    bool IsTest,
    bool IsTestnet,
    int HttpPort,
    string OwnerAddress,
    int ProxyConnections,
    string ConnectToProxyVia,
    string ModelName,
    int Coefficient,
    string RootContractAddress,
    Bits256 NodeWalletKey,
    string ForwardRequestsTo,
    string TonConfigFilename,
    bool CheckProxyHashes,
    int MaxActiveRequests,
    Bits256 ImageHash,
    string HttpAccessHash);
