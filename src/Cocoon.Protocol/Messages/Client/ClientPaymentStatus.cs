using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.paymentStatus</c>: The client's counters.</summary>
/// <param name="SignedPayment">The newest voucher.</param>
/// <param name="DbTokens">Tokens durable in the proxy's database.</param>
/// <param name="MaxTokens">Tokens counted by the proxy so far.</param>
[TlConstructor("client.paymentStatus")]
public sealed partial record ClientPaymentStatus(IProxySignedPayment SignedPayment, long DbTokens, long MaxTokens);
