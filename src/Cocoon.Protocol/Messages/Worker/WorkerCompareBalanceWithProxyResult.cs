using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>worker.compareBalanceWithProxyResult</c>: The proxy's counters for a worker.</summary>
/// <param name="SignedPayment">The newest voucher.</param>
/// <param name="TokensCommittedToDb">Tokens durable in the proxy's database.</param>
/// <param name="MaxTokens">Tokens counted by the proxy so far.</param>
/// <param name="ErrorCode">One of the error codes of the protocol, or 0.</param>
[TlConstructor("worker.compareBalanceWithProxyResult")]
public sealed partial record WorkerCompareBalanceWithProxyResult(
    IProxySignedPayment SignedPayment,
    long TokensCommittedToDb,
    long MaxTokens,
    int ErrorCode);
