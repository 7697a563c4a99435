using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.queryAnswerError</c>: A failure before the answer, protocol version 0.</summary>
/// <param name="ErrorCode">One of the error codes of the protocol, or 0.</param>
/// <param name="Error">What went wrong.</param>
/// <param name="RequestId">The request's random id, chosen by its sender.</param>
/// <param name="RequestTokensUsed">What this request used so far.</param>
[TlConstructor("client.queryAnswerError")]
public sealed partial record ClientQueryAnswerError(
    int ErrorCode,
    string Error,
    Bits256 RequestId,
    TokensUsed RequestTokensUsed) : IClientQueryAnswer;
