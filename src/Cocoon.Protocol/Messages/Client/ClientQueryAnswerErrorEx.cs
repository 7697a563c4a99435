using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.queryAnswerErrorEx</c>: A failure at any point.</summary>
/// <param name="RequestId">The request's random id, chosen by its sender.</param>
/// <param name="ErrorCode">One of the error codes of the protocol, or 0.</param>
/// <param name="Error">What went wrong.</param>
/// <param name="FinalInfo">Totals; present in the last message of an answer, and only there.</param>
[TlConstructor("client.queryAnswerErrorEx", FlagsAt = 3)]
public sealed partial record ClientQueryAnswerErrorEx(
    Bits256 RequestId,
    int ErrorCode,
    string Error,
    [TlFlag(0)] ClientQueryFinalInfo? FinalInfo) : IClientQueryAnswerEx;
