using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>worker.extendedCompareBalanceWithProxy</c>: Continues the comparison after counters differed.</summary>
/// <param name="TokensCommittedToDb">Tokens durable in the proxy's database.</param>
/// <param name="Other">Not used.</param>
[TlConstructor("worker.extendedCompareBalanceWithProxy")]
public sealed partial record WorkerExtendedCompareBalanceWithProxy(
    long TokensCommittedToDb,
    ReadOnlyMemory<byte> Other) : ITlFunction<WorkerExtendedCompareBalanceWithProxyResult>;
