using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxy.runQuery</c>: Hands a request to a worker, protocol version 0; sent as a one-way message.</summary>
/// <param name="Query">The serialised HTTP request.</param>
/// <param name="SignedPayment">The newest voucher.</param>
/// <param name="Coefficient">The price factor in thousandths.</param>
/// <param name="Timeout">Seconds left for the request.</param>
/// <param name="RequestId">The request's random id, chosen by its sender.</param>
[TlConstructor("proxy.runQuery")]
public sealed partial record ProxyRunQuery(
    ReadOnlyMemory<byte> Query,
    IProxySignedPayment SignedPayment,
    long Coefficient,
    double Timeout,
    Bits256 RequestId) : ITlFunction<IProxyQueryAnswer>;
