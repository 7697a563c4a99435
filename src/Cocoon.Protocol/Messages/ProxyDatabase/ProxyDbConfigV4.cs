using System.Collections.Immutable;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxyDb.configV4</c>: The state of an active proxy.</summary>
/// <param name="RootContractAddress">The registry's address.</param>
/// <param name="IsTestnet">Non-zero on TON's testnet.</param>
/// <param name="RootContractState">The registry as last seen.</param>
/// <param name="RootContractStateBlockTs">The time of that state, Unix seconds.</param>
/// <param name="ScBlockId">The block that state was read at.</param>
/// <param name="LastSeqnoCommittedToBlockchain">The last committed number.</param>
/// <param name="PendingBlockchainSeqnoCommits">Commits under way.</param>
[TlConstructor("proxyDb.configV4")]
public sealed partial record ProxyDbConfigV4(
    string RootContractAddress,
    int IsTestnet,
    IRootConfigConfig RootContractState,
    int RootContractStateBlockTs,
    TonBlockIdExt ScBlockId,
    int LastSeqnoCommittedToBlockchain,
    ImmutableArray<ProxyDbPendingBlockchainSeqnoCommit> PendingBlockchainSeqnoCommits) : IProxyDbConfig;
