using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxy.queryAnswer</c>: The start of an answer, protocol version 0.</summary>
/// <param name="Answer">The answer, or its next part.</param>
/// <param name="IsCompleted">Whether this is the last part.</param>
/// <param name="RequestId">The request's random id, chosen by its sender.</param>
/// <param name="TokensUsed">What this request used so far.</param>
[TlConstructor("proxy.queryAnswer")]
public sealed partial record ProxyQueryAnswer(
    ReadOnlyMemory<byte> Answer,
    bool IsCompleted,
    Bits256 RequestId,
    TokensUsed TokensUsed) : IProxyQueryAnswer;
