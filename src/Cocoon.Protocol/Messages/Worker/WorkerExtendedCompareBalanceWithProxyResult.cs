using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>worker.extendedCompareBalanceWithProxyResult</c>: Ends the extended comparison.</summary>
/// <param name="ErrorCode">One of the error codes of the protocol, or 0.</param>
[TlConstructor("worker.extendedCompareBalanceWithProxyResult")]
public sealed partial record WorkerExtendedCompareBalanceWithProxyResult(int ErrorCode);
