using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Cocoon.Contracts.Economics;
using Cocoon.Inference;
using Cocoon.Node;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Microsoft.Extensions.Logging;

namespace Cocoon.Worker.Requests;

/// <summary>Runs requests on the engine: bounded in number and time, its answer passed on part by part, its tokens counted once, here.</summary>
public sealed partial class RequestRunner(IEngine engine, string model, int maxActive, TimeProvider time, ILogger<RequestRunner> logger)
{
    // What the engine may take of the time the proxy gave, so that an error of its own still arrives in time.
    private const double TimeoutShare = 0.95;
    private const double MaxTimeoutSeconds = 3600;

    // A packet holds 16 MiB; whoever reads slowly is served in smaller bites.
    private const int MaxPartBytes = 256 * 1024;

    private static readonly Meter Meter = new("Cocoon.Worker");
    private static readonly Counter<long> Requests = Meter.CreateCounter<long>("cocoon.worker.requests", description: "Requests by outcome");
    private static readonly Counter<long> Tokens = Meter.CreateCounter<long>("cocoon.worker.tokens", "{token}", "Adjusted tokens earned");

    private int _active;

    /// <summary>Requests running now.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>Takes one of the places for running requests; false when all are taken. <see cref="RunAsync"/> gives it back.</summary>
    internal bool TryEnter()
    {
        if (Interlocked.Increment(ref _active) <= maxActive)
            return true;
        Interlocked.Decrement(ref _active);
        Requests.Add(1, new KeyValuePair<string, object?>("outcome", "too many"));
        return false;
    }

    /// <summary>Runs a request that has its place to its end; failures are answered, not thrown, unless the connection itself is gone.</summary>
    internal async Task RunAsync(
        WorkerAnswers answers, ReadOnlyMemory<byte> query, Coefficient coefficient, TokenMultipliers multipliers, double timeoutSeconds, CancellationToken cancellationToken)
    {
        var outcome = "failed";
        var seconds = Math.Clamp(double.IsNaN(timeoutSeconds) ? 0 : timeoutSeconds, 0.001, MaxTimeoutSeconds) * TimeoutShare;
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(seconds), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var (request, hideUsage) = RequestValidator.Validate(query, model);
            await AnswerAsync(answers, request, hideUsage, coefficient, multipliers, either.Token).ConfigureAwait(false);
            outcome = "succeeded";
        }
        catch (InvalidRequestException exception)
        {
            outcome = "rejected";
            await answers.SendErrorAsync(ErrorCodes.ProtocolViolation, "invalid http request: " + exception.Message, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            outcome = "timed out";
            await answers.SendErrorAsync(ErrorCodes.Timeout, "timeout", cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException exception)
        {
            LogEngine(exception.Server ?? engine.Name, exception.Code, exception.Message);
            var code = exception.Code switch
            {
                EngineErrorCode.Unavailable => ErrorCodes.NotReady,
                EngineErrorCode.Timeout => ErrorCodes.Timeout,
                _ => ErrorCodes.Failure,
            };
            await answers.SendErrorAsync(code, exception.Message, cancellationToken).ConfigureAwait(false);
        }
        // Whoever waits for an answer gets one whatever happens here.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(exception.GetType().Name);
            await answers.SendErrorAsync(ErrorCodes.Failure, "the worker failed", cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _active);
            Requests.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        }
    }

    private async Task AnswerAsync(
        WorkerAnswers answers, EngineRequest request, bool hideUsage, Coefficient coefficient, TokenMultipliers multipliers, CancellationToken cancellationToken)
    {
        var started = time.UnixStamp();
        var response = await engine.SendAsync(request, cancellationToken).ConfigureAwait(false);
        await using (response.ConfigureAwait(false))
        {
            // A busy engine is a reason to try another worker, not an answer.
            if (response.StatusCode is 429 or 502 or 503 or 504)
                throw new EngineException(EngineErrorCode.Unavailable, $"the engine answered with status {response.StatusCode}");
            var headers = response.Headers.Select(header => new HttpHeader(header.Key, header.Value)).ToList();
            headers.Add(new HttpHeader("X-Cocoon-Worker-Start", started));
            headers.Add(new HttpHeader("X-Cocoon-Worker-End", time.UnixStamp()));
            headers.Add(new HttpHeader("Transfer-Encoding", "chunked"));
            var head = new HttpResponse("HTTP/1.1", response.StatusCode, response.Reason, [.. headers], ReadOnlyMemory<byte>.Empty);
            await answers.SendHeadAsync(head, cancellationToken).ConfigureAwait(false);
            var filter = hideUsage && IsEventStream(response) ? new UsageEventFilter() : null;
            await foreach (var part in response.ReadBodyAsync(cancellationToken).ConfigureAwait(false))
                await SendPartsAsync(answers, filter is null ? part : filter.Filter(part.Span), cancellationToken).ConfigureAwait(false);
            if (filter is not null)
                await SendPartsAsync(answers, filter.Finish(), cancellationToken).ConfigureAwait(false);
            var usage = response.Usage;
            var adjusted = multipliers.Adjust(usage.PromptTokens, usage.CachedTokens, usage.CompletionTokens, usage.ReasoningTokens, coefficient);
            Tokens.Add(adjusted.Total.Value);
            await answers.SendEndAsync(
                new TokensUsed(adjusted.Prompt.Value, adjusted.Cached.Value, adjusted.Completion.Value, adjusted.Reasoning.Value, adjusted.Total.Value),
                cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask SendPartsAsync(WorkerAnswers answers, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        for (; bytes.Length > 0; bytes = bytes[Math.Min(bytes.Length, MaxPartBytes)..])
            await answers.SendPartAsync(bytes[..Math.Min(bytes.Length, MaxPartBytes)], cancellationToken).ConfigureAwait(false);
    }

    private static bool IsEventStream(EngineResponse response) => response.Headers.Any(header =>
        header.Key.Equals("Content-Type", StringComparison.OrdinalIgnoreCase) && header.Value.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase));

    [LoggerMessage(LogLevel.Warning, "The engine {Server} failed ({Code}): {Reason}")]
    private partial void LogEngine(string server, EngineErrorCode code, string reason);

    [LoggerMessage(LogLevel.Error, "A request failed with {Exception}")]
    private partial void LogFailed(string exception);
}
