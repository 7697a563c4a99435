using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>clientRunner.config</c>: A client's configuration file.</summary>
/// <param name="IsTest">Whether the network is a test network.</param>
/// <param name="IsTestnet">Whether the chain is TON's testnet.</param>
/// <param name="HttpPort">The HTTP port.</param>
/// <param name="OwnerAddress">The owner's address in friendly form.</param>
/// <param name="ProxyConnections">How many proxies to stay connected to.</param>
/// <param name="ConnectToProxyVia">The SOCKS5 router's address; empty for none.</param>
/// <param name="RootContractAddress">The registry's address.</param>
/// <param name="NodeWalletKey">The node wallet's secret seed.</param>
/// <param name="CheckProxyHashes">Whether proxies must run a registered image.</param>
/// <param name="SecretString">The secret for short authorisation.</param>
/// <param name="TonConfigFilename">The TON configuration file.</param>
/// <param name="HttpAccessHash">Guards the HTTP port.</param>
[TlConstructor("clientRunner.config")]
public sealed partial record ClientRunnerConfig(
    bool IsTest,
    bool IsTestnet,
    int HttpPort,
    string OwnerAddress,
    int ProxyConnections,
    string ConnectToProxyVia,
    string RootContractAddress,
    Bits256 NodeWalletKey,
    bool CheckProxyHashes,
    string SecretString,
    string TonConfigFilename,
    string HttpAccessHash);
