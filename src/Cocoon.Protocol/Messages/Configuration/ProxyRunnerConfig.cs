using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxyRunner.config</c>: A proxy's configuration file.</summary>
/// <param name="IsTest">Whether the network is a test network.</param>
/// <param name="IsTestnet">Whether the chain is TON's testnet.</param>
/// <param name="WorkersRpcPort">The TCP port for workers.</param>
/// <param name="ClientRpcPort">The TCP port for clients.</param>
/// <param name="HttpPort">The HTTP port.</param>
/// <param name="OwnerAddress">The owner's address in friendly form.</param>
/// <param name="RootContractAddress">The registry's address.</param>
/// <param name="MachineSpecificPrivateKey">The machine's secret seed.</param>
/// <param name="NodeWalletKey">The node wallet's secret seed.</param>
/// <param name="TonConfigFilename">The TON configuration file.</param>
/// <param name="DbPath">The folder of the database.</param>
/// <param name="CheckWorkerHashes">Whether workers must run a registered image.</param>
/// <param name="ImageHash">The image's hash.</param>
/// <param name="HttpAccessHash">Guards the HTTP port.</param>
[TlConstructor("proxyRunner.config")]
public sealed partial record ProxyRunnerConfig(
    bool IsTest,
    bool IsTestnet,
    int WorkersRpcPort,
    int ClientRpcPort,
    int HttpPort,
    string OwnerAddress,
    string RootContractAddress,
    Bits256 MachineSpecificPrivateKey,
    Bits256 NodeWalletKey,
    string TonConfigFilename,
    string DbPath,
    bool CheckWorkerHashes,
    Bits256 ImageHash,
    string HttpAccessHash);
