using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxy.queryAnswerPart</c>: The next part of an answer, protocol version 0.</summary>
/// <param name="Answer">The answer, or its next part.</param>
/// <param name="IsCompleted">Whether this is the last part.</param>
/// <param name="RequestId">The request's random id, chosen by its sender.</param>
/// <param name="TokensUsed">What this request used so far.</param>
[TlConstructor("proxy.queryAnswerPart")]
public sealed partial record ProxyQueryAnswerPart(
    ReadOnlyMemory<byte> Answer,
    bool IsCompleted,
    Bits256 RequestId,
    TokensUsed TokensUsed) : IProxyQueryAnswerPart;
