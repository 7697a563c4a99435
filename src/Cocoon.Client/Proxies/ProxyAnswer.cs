using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;

namespace Cocoon.Client.Proxies;

/// <summary>What a message about a running request says, whichever of the two families of constructors it came in. Proxies mix them freely.</summary>
/// <param name="RequestId">The request.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Payload">A boxed <c>http.response</c> for <see cref="ProxyAnswerKind.Start"/>, body bytes for <see cref="ProxyAnswerKind.Part"/>.</param>
/// <param name="IsLast">Whether nothing follows.</param>
/// <param name="Tokens">What the request used; only the last message's figures are final.</param>
internal sealed record ProxyAnswer(Bits256 RequestId, ProxyAnswerKind Kind, ReadOnlyMemory<byte> Payload, bool IsLast, TokensUsed? Tokens)
{
    /// <summary>The code of a failure, 0 for anything else.</summary>
    public int ErrorCode { get; init; }

    /// <summary>The text of a failure.</summary>
    public string ErrorText { get; init; } = "";

    /// <summary>What the proxy says of its work, JSON if it is honest.</summary>
    public string? ProxyDebug { get; init; }

    /// <summary>What the worker says of its work, JSON if it is honest.</summary>
    public string? WorkerDebug { get; init; }

    /// <summary>The answer in a message, or null when the message is about something else.</summary>
    public static ProxyAnswer? From(ITlObject message) => message switch
    {
        ClientQueryAnswer m => new(m.RequestId, ProxyAnswerKind.Start, m.Answer, m.IsCompleted, m.RequestTokensUsed),
        ClientQueryAnswerPart m => new(m.RequestId, ProxyAnswerKind.Part, m.Answer, m.IsCompleted, m.RequestTokensUsed),
        ClientQueryAnswerError m => Failure(m.RequestId, m.ErrorCode, m.Error, m.RequestTokensUsed),
        ClientQueryAnswerPartError m => Failure(m.RequestId, m.ErrorCode, m.Error, m.RequestTokensUsed),
        ClientQueryAnswerEx m => Ex(m.RequestId, ProxyAnswerKind.Start, m.Answer, m.FinalInfo),
        ClientQueryAnswerPartEx m => Ex(m.RequestId, ProxyAnswerKind.Part, m.Answer, m.FinalInfo),
        ClientQueryAnswerErrorEx m => Failure(m.RequestId, m.ErrorCode, m.Error, m.FinalInfo?.TokensUsed),
        _ => null,
    };

    private static ProxyAnswer Ex(Bits256 id, ProxyAnswerKind kind, ReadOnlyMemory<byte> payload, ClientQueryFinalInfo? final) =>
        new(id, kind, payload, final is not null, final?.TokensUsed) { ProxyDebug = final?.ProxyDebug, WorkerDebug = final?.WorkerDebug };

    private static ProxyAnswer Failure(Bits256 id, int code, string text, TokensUsed? tokens) =>
        new(id, ProxyAnswerKind.Failure, default, true, tokens) { ErrorCode = code, ErrorText = text };
}
