using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.queryAnswerPart</c>: The next part of an answer, protocol version 0.</summary>
/// <param name="Answer">The answer, or its next part.</param>
/// <param name="IsCompleted">Whether this is the last part.</param>
/// <param name="RequestId">The request's random id, chosen by its sender.</param>
/// <param name="RequestTokensUsed">What this request used so far.</param>
[TlConstructor("client.queryAnswerPart")]
public sealed partial record ClientQueryAnswerPart(
    ReadOnlyMemory<byte> Answer,
    bool IsCompleted,
    Bits256 RequestId,
    TokensUsed RequestTokensUsed) : IClientQueryAnswerPart;
