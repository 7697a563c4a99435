using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxy.runQueryEx</c>: Hands a request to a worker; sent as a one-way message. The schema gives it the result type of protocol version 0.</summary>
/// <param name="Query">The serialised HTTP request.</param>
/// <param name="SignedPayment">The newest voucher.</param>
/// <param name="Coefficient">The price factor in thousandths.</param>
/// <param name="Timeout">Seconds left for the request.</param>
/// <param name="RequestId">The request's random id, chosen by its sender.</param>
/// <param name="EnableDebug">Whether to return debug text.</param>
[TlConstructor("proxy.runQueryEx", FlagsAt = 5)]
public sealed partial record ProxyRunQueryEx(
    ReadOnlyMemory<byte> Query,
    IProxySignedPayment SignedPayment,
    long Coefficient,
    double Timeout,
    Bits256 RequestId,
    [TlFlag(0)] bool? EnableDebug) : ITlFunction<IProxyQueryAnswer>;
