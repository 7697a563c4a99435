using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>keyStorageRunner.config</c>: A key manager's configuration file.</summary>
/// <param name="IsTest">Whether the network is a test network.</param>
/// <param name="IsTestnet">Whether the chain is TON's testnet.</param>
/// <param name="RpcPort">The TCP port for sessions.</param>
/// <param name="HttpPort">The HTTP port.</param>
/// <param name="RootContractAddress">The registry's address.</param>
/// <param name="MachineSpecificPrivateKey">The machine's secret seed.</param>
/// <param name="TonConfigFilename">The TON configuration file.</param>
/// <param name="DbPath">The folder of the database.</param>
/// <param name="CheckHashes">Whether callers must run a registered image.</param>
/// <param name="ImageHash">The image's hash.</param>
/// <param name="HttpAccessHash">Guards the HTTP port.</param>
[TlConstructor("keyStorageRunner.config")]
public sealed partial record KeyStorageRunnerConfig(
    bool IsTest,
    bool IsTestnet,
    int RpcPort,
    int HttpPort,
    string RootContractAddress,
    Bits256 MachineSpecificPrivateKey,
    string TonConfigFilename,
    string DbPath,
    bool CheckHashes,
    Bits256 ImageHash,
    string HttpAccessHash);
