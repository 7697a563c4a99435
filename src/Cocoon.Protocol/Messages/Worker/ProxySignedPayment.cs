using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxy.signedPayment</c>: A voucher signed by the proxy.</summary>
/// <param name="Data">The voucher: a bag of cells.</param>
[TlConstructor("proxy.signedPayment")]
public sealed partial record ProxySignedPayment(ReadOnlyMemory<byte> Data) : IProxySignedPayment;
