using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxyDb.configV4Disabled</c>: The state of a disabled proxy.</summary>
/// <param name="RootContractAddress">The registry's address.</param>
/// <param name="IsTestnet">Non-zero on TON's testnet.</param>
/// <param name="RootContractState">The registry as last seen.</param>
/// <param name="RootContractStateBlockTs">The time of that state, Unix seconds.</param>
/// <param name="DisabledUntilVersion">The registry version that ends the pause.</param>
[TlConstructor("proxyDb.configV4Disabled")]
public sealed partial record ProxyDbConfigV4Disabled(
    string RootContractAddress,
    int IsTestnet,
    IRootConfigConfig RootContractState,
    int RootContractStateBlockTs,
    long DisabledUntilVersion) : IProxyDbConfig;
