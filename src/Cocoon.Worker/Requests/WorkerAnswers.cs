using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;

namespace Cocoon.Worker.Requests;

/// <summary>Writes a worker's messages about one request with the constructors the agreed protocol version has: old ones for 0, Ex from 1, timings from 2.</summary>
internal sealed class WorkerAnswers(
    Func<ITlObject, CancellationToken, ValueTask> send, Bits256 requestId, int protocolVersion, bool debug, double startTime, Func<double> now)
{
    private static readonly TokensUsed None = new(0, 0, 0, 0, 0);

    private double? _headTime;

    public ValueTask SendHeadAsync(HttpResponse head, CancellationToken cancellationToken)
    {
        _headTime = now();
        ReadOnlyMemory<byte> bytes = TlSerializer.Serialize(head);
        return send(protocolVersion < ProtocolVersions.FinalInfo ? new ProxyQueryAnswer(bytes, false, requestId, None) : new ProxyQueryAnswerEx(requestId, bytes, null), cancellationToken);
    }

    public ValueTask SendPartAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        send(protocolVersion < ProtocolVersions.FinalInfo ? new ProxyQueryAnswerPart(bytes, false, requestId, None) : new ProxyQueryAnswerPartEx(requestId, bytes, null), cancellationToken);

    public ValueTask SendEndAsync(TokensUsed tokens, CancellationToken cancellationToken) =>
        send(
            protocolVersion < ProtocolVersions.FinalInfo
                ? new ProxyQueryAnswerPart(ReadOnlyMemory<byte>.Empty, true, requestId, tokens)
                : new ProxyQueryAnswerPartEx(requestId, ReadOnlyMemory<byte>.Empty, Info(tokens)),
            cancellationToken);

    public ValueTask SendErrorAsync(int code, string error, CancellationToken cancellationToken)
    {
        ITlObject message = (protocolVersion < ProtocolVersions.FinalInfo, Started: _headTime is not null) switch
        {
            (true, false) => new ProxyQueryAnswerError(code, error, requestId, None),
            (true, true) => new ProxyQueryAnswerPartError(code, error, requestId, None),
            // The network's proxies read the final info of an error unasked.
            _ => new ProxyQueryAnswerErrorEx(requestId, code, error, Info(None)),
        };
        return send(message, cancellationToken);
    }

    private ProxyQueryFinalInfo Info(TokensUsed tokens)
    {
        var ended = now();
        var text = debug
            ? string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"{{\"type\":\"worker_stats\",\"start_time\":{startTime:F6},\"answer_receive_start_at\":{_headTime ?? ended:F6},\"answer_receive_end_at\":{ended:F6}}}")
            : null;
        var timed = protocolVersion >= ProtocolVersions.Timings;
        return new ProxyQueryFinalInfo(tokens, text, timed ? startTime : null, timed ? ended : null);
    }
}
