using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxy.workerRequestPayment</c>: Tells a worker what a finished request earned.</summary>
/// <param name="RequestId">The request's random id, chosen by its sender.</param>
/// <param name="SignedPayment">The newest voucher.</param>
/// <param name="DbTokens">Tokens durable in the proxy's database.</param>
/// <param name="MaxTokens">Tokens counted by the proxy so far.</param>
/// <param name="RequestTokens">What this request cost, in adjusted tokens.</param>
/// <param name="RequestClientOwner">The client's address, for the worker's records.</param>
[TlConstructor("proxy.workerRequestPayment")]
public sealed partial record ProxyWorkerRequestPayment(
    Bits256 RequestId,
    IProxySignedPayment SignedPayment,
    long DbTokens,
    long MaxTokens,
    long RequestTokens,
    string RequestClientOwner) : IProxyWorkerRequestPayment;
