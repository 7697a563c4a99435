using System.Collections.Immutable;
using Cocoon.Client.Proxies;
using Cocoon.Node;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using HttpResponse = Cocoon.Protocol.Messages.HttpResponse;

namespace Cocoon.Client.Gateway;

/// <summary>
/// Carries one inference request to a proxy and its answer back, part by part. Until the first byte of the answer went to the caller a failed
/// attempt is made again, at another proxy if there is one.
/// </summary>
internal sealed partial class InferenceRelay(ClientServices services, ProxyPool pool, ModelCatalog models, ILogger<InferenceRelay> logger)
{
    // What the caller's own time limit is exceeded by before the gateway gives up on an answer of the network.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);

    private readonly ProxyFailure _failures = new(services, models);

    /// <exception cref="GatewayException">The request failed before anything of the answer went to the caller.</exception>
    public async Task RunAsync(HttpContext context, InferenceRequest request)
    {
        var started = services.Time.GetTimestamp();
        context.Response.Headers["X-Cocoon-Client-Start"] = services.Time.UnixStamp();
        using var timer = new CancellationTokenSource(request.Timeout + Margin, services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, context.RequestAborted);
        try
        {
            await AttemptAsync(context, request, started, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            var error = OpenAiError.TimedOut(
                $"No complete answer came within {request.Timeout.TotalSeconds:0.###} s. Try again, or allow more with the field 'timeout'.");
            await FailAsync(context, new GatewayException(error)).ConfigureAwait(false);
        }
        catch (GatewayException exception)
        {
            await FailAsync(context, exception).ConfigureAwait(false);
        }
    }

    private async Task AttemptAsync(HttpContext context, InferenceRequest request, long started, CancellationToken cancellationToken)
    {
        var headers = GatewayHeaders.ToForward(context.Request.Headers, request.Body.Length)
            .Select(header => new HttpHeader(header.Key, header.Value)).ToImmutableArray();
        var tried = new List<ProxySession>();
        for (var attempt = 1; ; attempt++)
        {
            var session = await pool.PickAsync(tried, TimeSpan.FromSeconds(services.Options.ProxyWaitSeconds), cancellationToken).ConfigureAwait(false)
                ?? throw _failures.NoProxy(pool.Sessions);
            try
            {
                await ExchangeAsync(context, request, headers, session, started, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (GatewayException exception) when (exception.Retryable && !context.Response.HasStarted && attempt < services.Options.MaxAttempts)
            {
                services.Metrics.Retried();
                LogRetry(session.Proxy.ClientEndpoint.ToString(), exception.Error.Code);
            }
            // Another proxy is asked at once; the same one only after a pause.
            var again = tried.Contains(session);
            tried.Add(session);
            if (again || pool.Pick(tried) == session)
                await Task.Delay(RetryPause * attempt, services.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ExchangeAsync(
        HttpContext context, InferenceRequest request, ImmutableArray<HttpHeader> headers, ProxySession session, long started,
        CancellationToken cancellationToken)
    {
        RunningRequest? running = null;
        try
        {
            var timeLeft = request.Timeout - services.Time.GetElapsedTime(started);
            if (timeLeft <= TimeSpan.Zero)
                throw new GatewayException(OpenAiError.TimedOut($"No proxy took the request within {request.Timeout.TotalSeconds:0.###} s. Try again."));
            running = await session.StartAsync(request, headers, timeLeft, cancellationToken).ConfigureAwait(false);
            await PumpAsync(context, request, running, session, started, cancellationToken).ConfigureAwait(false);
        }
        catch (SessionLostException exception)
        {
            throw new GatewayException(
                OpenAiError.Upstream($"The connection to the proxy was lost: {exception.Message} Try again.", "proxy_lost"), retryable: true);
        }
        catch (Exception exception) when (exception is ProxyFaultException or TlFormatException)
        {
            throw new GatewayException(OpenAiError.Upstream($"The answer cannot be understood: {exception.Message} Try again."));
        }
        catch (AnswerOverflowException exception)
        {
            throw new GatewayException(OpenAiError.Upstream(exception.Message, "slow_reader"));
        }
        finally
        {
            if (running is not null)
                session.Forget(running);
        }
    }

    private async Task PumpAsync(
        HttpContext context, InferenceRequest request, RunningRequest running, ProxySession session, long started, CancellationToken cancellationToken)
    {
        var incoming = new IncomingAnswer(request, services.Options.MaxBufferedAnswerBytes, services.Time, services.Time.GetElapsedTime(started));
        while (await running.ReadAsync(cancellationToken).ConfigureAwait(false) is { } answer)
        {
            if (answer.Kind == ProxyAnswerKind.Failure)
                throw await _failures.FromAnswerAsync(answer, request, running, session, cancellationToken).ConfigureAwait(false);
            var body = incoming.Take(answer);
            // So the network's workers answer when nothing answers them.
            if (answer.IsLast && body.Length == 0 && !context.Response.HasStarted && incoming.Head!.StatusCode >= 500)
            {
                throw new GatewayException(
                    OpenAiError.Upstream($"The worker's server answered with status {incoming.Head.StatusCode} and nothing else. Try again."), retryable: true);
            }
            // The head waits for the first byte of the body: until then the request can still be tried elsewhere or fail with a proper status.
            if (body.Length > 0 || answer.IsLast)
            {
                if (!context.Response.HasStarted)
                {
                    services.Metrics.FirstPart(services.Time.GetElapsedTime(started));
                    WriteHead(context, incoming.Head!, GatewayHeaders.Describe(session.Evidence, running.Evidence));
                }
                if (body.Length > 0)
                    await context.Response.BodyWriter.WriteAsync(body, cancellationToken).ConfigureAwait(false);
                else
                    await context.Response.StartAsync(cancellationToken).ConfigureAwait(false);
            }
            if (answer.IsLast)
            {
                await context.Response.CompleteAsync().ConfigureAwait(false);
                return;
            }
        }
        throw new ProxyFaultException("the answer ended without its last part.");
    }

    private void WriteHead(HttpContext context, HttpResponse head, string evidence)
    {
        var response = context.Response;
        response.StatusCode = head.StatusCode;
        if (head.Reason.Length is > 0 and <= 128 && !head.Reason.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = head.Reason;
        GatewayHeaders.CopyBack(head.Headers, response.Headers);
        response.Headers[GatewayHeaders.Evidence] = evidence;
        response.Headers["X-Cocoon-Client-End"] = services.Time.UnixStamp();
    }

    /// <summary>
    /// Before the first byte the caller gets a status; after it, an event in a stream, or a connection that is cut so that nobody takes half for
    /// the whole.
    /// </summary>
    private async Task FailAsync(HttpContext context, GatewayException exception)
    {
        if (!context.Response.HasStarted)
            throw exception;
        services.Metrics.RequestFailed(exception.Error.Code);
        LogCutOff(exception.Error.Code);
        var isStream = context.Response.ContentType?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) == true;
        if (!isStream)
        {
            context.Abort();
            return;
        }
        await context.Response.BodyWriter.WriteAsync(ErrorJson.ToServerSentEvent(exception.Error), context.RequestAborted).ConfigureAwait(false);
        await context.Response.CompleteAsync().ConfigureAwait(false);
    }

    [LoggerMessage(LogLevel.Information, "A request is tried again: proxy {Endpoint}, {Code}")]
    private partial void LogRetry(string endpoint, string code);

    [LoggerMessage(LogLevel.Warning, "An answer was cut off: {Code}")]
    private partial void LogCutOff(string code);
}
