using Cocoon.Attestation;
using Cocoon.Cryptography;
using Cocoon.Protocol.Framing;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Proxy.Routing;

namespace Cocoon.Proxy.Relay;

/// <summary>Writes answers with the constructors the client's protocol version knows: old ones for 0, Ex from 1, timings from 2.</summary>
internal sealed class ClientAnswers(IClientLink client, Bits256 requestId, bool debug, double startTime)
{
    private const int MaxErrorLength = 4096;
    private static readonly TokensUsed None = new(0, 0, 0, 0, 0);

    private bool _gone;
    private double? _headTime;

    /// <summary>When the request came, Unix seconds.</summary>
    public double StartTime => startTime;

    /// <summary>Whether the head has been sent, after which errors come as broken-off answers.</summary>
    public bool Started { get; private set; }

    /// <summary>
    /// Sends anything to the client. A client that has gone does not stop the request: the worker does the work, so it is paid for.
    /// </summary>
    /// <exception cref="FramingException">The message does not fit into a packet.</exception>
    public async ValueTask SendAsync(ITlObject message, CancellationToken cancellationToken)
    {
        if (_gone)
            return;
        try
        {
            await client.SendAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception) when (exception is not FramingException)
        {
            _gone = true;
        }
    }

    /// <summary>Sends the head, and ahead of it to clients that understand it which worker it comes from.</summary>
    public async ValueTask SendHeadAsync(
        WorkerConnection worker, ReadOnlyMemory<byte> head, TokensUsed? final, WorkerEvent source, double now, CancellationToken cancellationToken)
    {
        Started = true;
        _headTime = now;
        if (client.ProtocolVersion >= ProtocolVersions.FreshEvidence)
        {
            var (key, kind) = (worker.Evidence.PublicKey.Bits, worker.Evidence.Kind.Name());
            await SendAsync(
                new ClientAnswerEvidence(requestId, key, kind, worker.Evidence.ImageHash, worker.QuoteHash), cancellationToken).ConfigureAwait(false);
        }
        await SendAsync(
            client.ProtocolVersion < ProtocolVersions.FinalInfo
                ? new ClientQueryAnswer(head, final is not null, requestId, final ?? None)
                : new ClientQueryAnswerEx(requestId, head, Info(final, source, now)),
            cancellationToken).ConfigureAwait(false);
    }

    public ValueTask SendPartAsync(ReadOnlyMemory<byte> bytes, TokensUsed? final, in WorkerEvent source, double now, CancellationToken cancellationToken) =>
        SendAsync(
            client.ProtocolVersion < ProtocolVersions.FinalInfo
                ? new ClientQueryAnswerPart(bytes, final is not null, requestId, final ?? None)
                : new ClientQueryAnswerPartEx(requestId, bytes, Info(final, source, now)),
            cancellationToken);

    public ValueTask SendErrorAsync(int code, string error, in WorkerEvent source, double now, CancellationToken cancellationToken)
    {
        if (error.Length > MaxErrorLength) error = error[..MaxErrorLength];
        ITlObject message = (client.ProtocolVersion < ProtocolVersions.FinalInfo, Started) switch
        {
            (true, false) => new ClientQueryAnswerError(code, error, requestId, None),
            (true, true) => new ClientQueryAnswerPartError(code, error, requestId, None),
            // A final message always carries its final info: the network's clients read it unasked.
            _ => new ClientQueryAnswerErrorEx(requestId, code, error, Info(None, source, now)),
        };
        return SendAsync(message, cancellationToken);
    }

    private ClientQueryFinalInfo? Info(TokensUsed? tokens, in WorkerEvent source, double now)
    {
        if (tokens is null)
            return null;
        var timed = client.ProtocolVersion >= ProtocolVersions.Timings;
        return new ClientQueryFinalInfo(
            tokens,
            debug ? source.Debug ?? "" : null,
            debug ? string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"{{\"type\":\"proxy_stats\",\"start_time\":{startTime:F6},\"answer_receive_start_at\":{_headTime ?? now:F6},\"answer_receive_end_at\":{now:F6}}}") : null,
            timed ? startTime : null,
            timed ? now : null,
            timed ? source.StartTime ?? 0 : null,
            timed ? source.EndTime ?? 0 : null);
    }
}
