using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxyDb.pendingBlockchainSeqnoCommit</c>: A commit to the chain that is under way.</summary>
/// <param name="Seqno">The number.</param>
/// <param name="SessionHash">The session's hash.</param>
[TlConstructor("proxyDb.pendingBlockchainSeqnoCommit")]
public sealed partial record ProxyDbPendingBlockchainSeqnoCommit(int Seqno, Bits256 SessionHash);
