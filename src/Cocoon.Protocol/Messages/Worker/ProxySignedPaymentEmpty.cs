using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxy.signedPaymentEmpty</c>: No voucher has been signed yet.</summary>
[TlConstructor("proxy.signedPaymentEmpty")]
public sealed partial record ProxySignedPaymentEmpty() : IProxySignedPayment;
