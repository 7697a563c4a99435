using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxy.clientRequestPayment</c>: Tells a client what a finished request cost.</summary>
/// <param name="RequestId">The request's random id, chosen by its sender.</param>
/// <param name="SignedPayment">The newest voucher.</param>
/// <param name="DbTokens">Tokens durable in the proxy's database.</param>
/// <param name="MaxTokens">Tokens counted by the proxy so far.</param>
/// <param name="RequestTokens">What this request cost, in adjusted tokens.</param>
[TlConstructor("proxy.clientRequestPayment")]
public sealed partial record ProxyClientRequestPayment(
    Bits256 RequestId,
    IProxySignedPayment SignedPayment,
    long DbTokens,
    long MaxTokens,
    long RequestTokens) : IProxyWorkerRequestPayment;
