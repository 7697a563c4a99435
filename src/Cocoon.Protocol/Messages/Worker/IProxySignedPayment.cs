using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxy.SignedPayment</c>: A voucher, or the absence of one.</summary>
[TlType("proxy.SignedPayment")]
public interface IProxySignedPayment : ITlObject;
