using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxy.queryAnswerPartEx</c>: The next part of an answer.</summary>
/// <param name="RequestId">The request's random id, chosen by its sender.</param>
/// <param name="Answer">The answer, or its next part.</param>
/// <param name="FinalInfo">Totals; present in the last message of an answer, and only there.</param>
[TlConstructor("proxy.queryAnswerPartEx", FlagsAt = 2)]
public sealed partial record ProxyQueryAnswerPartEx(
    Bits256 RequestId,
    ReadOnlyMemory<byte> Answer,
    [TlFlag(0)] ProxyQueryFinalInfo? FinalInfo) : IProxyQueryAnswerEx;
