using System.Threading.Channels;
using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;

namespace Cocoon.Client.Proxies;

/// <summary>
/// A request on its way through one session. Answers wait here for the caller, up to a number of bytes; the session that delivers them never
/// waits, because every other request of the session would wait with it.
/// </summary>
internal sealed class RunningRequest(Bits256 id, long ceiling, long maxBufferedBytes)
{
    // What an answer costs besides its bytes, so that many empty ones are bounded too.
    private const int Overhead = 128;

    private readonly Channel<ProxyAnswer> _answers = Channel.CreateUnbounded<ProxyAnswer>(new() { SingleReader = true });
    private long _buffered;
    private int _started;

    /// <summary>The request's number towards the proxy.</summary>
    public Bits256 Id { get; } = id;

    /// <summary>The most adjusted tokens an honest answer can cost.</summary>
    public long Ceiling { get; } = ceiling;

    /// <summary>The final count of adjusted tokens, once it is known.</summary>
    public long? FinalTokens { get; private set; }

    /// <summary>Whether the last answer came; nothing that follows means anything.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Whether the request may have reached the proxy.</summary>
    public bool MayHaveLeft { get; set; }

    /// <summary>Which worker answers, as far as the proxy says.</summary>
    public ClientAnswerEvidence? Evidence { get; private set; }

    /// <summary>Takes what the proxy says of the worker ahead of its answer; what it says later means nothing.</summary>
    public void Note(ClientAnswerEvidence evidence)
    {
        if (Volatile.Read(ref _started) == 0) Evidence ??= evidence;
    }

    /// <summary>Hands over an answer. Returns null, or which rule the proxy broke; the request has failed then.</summary>
    public string? Offer(ProxyAnswer answer)
    {
        var broken = answer.Kind switch
        {
            ProxyAnswerKind.Start when Interlocked.Exchange(ref _started, 1) == 1 => "a second first answer",
            ProxyAnswerKind.Part when Volatile.Read(ref _started) == 0 => "a part before the first answer",
            _ => null,
        };
        if (broken is not null)
        {
            IsOver = true;
            End(new ProxyFaultException($"The proxy sent {broken}."));
            return broken;
        }
        // A failed request costs nothing, whatever figures come with it.
        IsOver = answer.IsLast;
        if (answer.IsLast)
            FinalTokens = answer.Kind == ProxyAnswerKind.Failure ? 0 : answer.Tokens?.TotalTokensUsed;
        if (Interlocked.Add(ref _buffered, answer.Payload.Length + Overhead) > maxBufferedBytes)
            End(new AnswerOverflowException(maxBufferedBytes));
        else if (_answers.Writer.TryWrite(answer) && answer.IsLast)
            End(null);
        return null;
    }

    /// <summary>Ends the request; what already waits can still be read.</summary>
    public void End(Exception? reason) => _answers.Writer.TryComplete(reason);

    /// <summary>The next answer, or null after the last one.</summary>
    /// <exception cref="SessionLostException">The connection to the proxy ended.</exception>
    /// <exception cref="AnswerOverflowException">The caller read too slowly.</exception>
    /// <exception cref="ProxyFaultException">The proxy broke the protocol.</exception>
    public async ValueTask<ProxyAnswer?> ReadAsync(CancellationToken cancellationToken)
    {
        if (!await _answers.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false) || !_answers.Reader.TryRead(out var answer))
            return null;
        Interlocked.Add(ref _buffered, -(answer.Payload.Length + Overhead));
        return answer;
    }
}
