using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>worker.paymentStatus</c>: The worker's counters.</summary>
/// <param name="SignedPayment">The newest voucher.</param>
/// <param name="DbTokens">Tokens durable in the proxy's database.</param>
/// <param name="MaxTokens">Tokens counted by the proxy so far.</param>
[TlConstructor("worker.paymentStatus")]
public sealed partial record WorkerPaymentStatus(IProxySignedPayment SignedPayment, long DbTokens, long MaxTokens);
