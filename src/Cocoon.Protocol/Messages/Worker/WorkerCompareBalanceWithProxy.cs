using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>worker.compareBalanceWithProxy</c>: Presents the worker's counters.</summary>
/// <param name="TokensCommittedToBlockchain">Tokens known to the contract.</param>
/// <param name="TokensCommittedToDb">Tokens durable in the proxy's database.</param>
/// <param name="MaxTokens">Tokens counted by the proxy so far.</param>
[TlConstructor("worker.compareBalanceWithProxy")]
public sealed partial record WorkerCompareBalanceWithProxy(
    long TokensCommittedToBlockchain,
    long TokensCommittedToDb,
    long MaxTokens) : ITlFunction<WorkerCompareBalanceWithProxyResult>;
