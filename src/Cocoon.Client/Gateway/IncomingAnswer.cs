using Cocoon.Client.Gateway.Debug;
using Cocoon.Client.Proxies;
using Cocoon.Node;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;
using Microsoft.AspNetCore.Http;
using HttpResponse = Cocoon.Protocol.Messages.HttpResponse;

namespace Cocoon.Client.Gateway;

/// <summary>Reads the messages of one answer: its head, then at each message what of its body may pass to the caller.</summary>
internal sealed class IncomingAnswer(InferenceRequest request, int maxHeldBytes, TimeProvider time, TimeSpan age)
{
    private readonly DebugReport? _report = request.EnableDebug ? new DebugReport(time.UnixNow() - age.TotalSeconds) : null;
    private IDebugInsertion? _insertion;

    /// <summary>Status and headers; null before the first message.</summary>
    public HttpResponse? Head { get; private set; }

    /// <summary>Takes a message that is no failure, and gives the bytes that pass because of it.</summary>
    /// <exception cref="TlFormatException">The head is no HTTP response.</exception>
    /// <exception cref="ProxyFaultException">Its status is none that an answer can have.</exception>
    public ReadOnlyMemory<byte> Take(ProxyAnswer message)
    {
        var body = message.Kind == ProxyAnswerKind.Start ? TakeHead(message.Payload) : message.Payload;
        // Such an answer has no body, whatever came with it.
        if (Head!.StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified)
            return default;
        if (_insertion is null)
            return body;
        body = _insertion.Take(body);
        return message.IsLast ? (byte[])[.. body.Span, .. _insertion.Finish(_report!.Build(message, time.UnixNow())).Span] : body;
    }

    private ReadOnlyMemory<byte> TakeHead(ReadOnlyMemory<byte> boxed)
    {
        Head = TlSerializer.Deserialize<HttpResponse>(boxed);
        if (Head.StatusCode is < 200 or > 599)
            throw new ProxyFaultException($"the status is {Head.StatusCode}, wanted 200 to 599.");
        if (_report is not null)
        {
            _report.AnswerStart = time.UnixNow();
            _insertion = DebugReport.Insertion(request.Api, Head.Headers, maxHeldBytes);
        }
        return Head.Payload;
    }
}
