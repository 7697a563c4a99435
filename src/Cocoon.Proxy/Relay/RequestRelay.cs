using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Globalization;
using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Node;
using Cocoon.Node.Registry;
using Cocoon.Protocol.Framing;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Proxy.Configuration;
using Cocoon.Proxy.Ledger;
using Cocoon.Proxy.Routing;
using Cocoon.Proxy.Settlement;
using Microsoft.Extensions.Logging;

namespace Cocoon.Proxy.Relay;

/// <summary>
/// Carries a request from a client to a worker and the answer back, part by part: reserves the client's tokens, chooses a worker, tries
/// another one while no byte has been answered, settles once and durably, and only then tells the client it is done.
/// </summary>
public sealed partial class RequestRelay(
    ProxyIdentity identity, ProxyLedger ledger, ClientChannels channels, VoucherBook vouchers, WorkerPool pool, RegistryMonitor registry,
    ProxyOptions options, TimeProvider time, ILogger<RequestRelay> logger)
{
    // Each hop leaves the one behind it a little less time, so that the error of the innermost arrives before the outer gives up.
    private const double TimeoutShare = 0.95;
    private const double MaxTimeoutSeconds = 3600;
    private const int MaxQuotedModel = 100;

    // How long a client may take after the end of its request to hear of it; one that never reads would otherwise be waited for without end.
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(30);

    private static readonly Meter Meter = new("Cocoon.Proxy");
    private static readonly Counter<long> Requests = Meter.CreateCounter<long>("cocoon.proxy.requests", description: "Requests by outcome");
    private static readonly Counter<long> Tokens = Meter.CreateCounter<long>("cocoon.proxy.tokens", "{token}", "Adjusted tokens settled");

    /// <summary>Serves one request to its end. Never throws for anything a peer did.</summary>
    internal async Task RunAsync(IClientLink client, RelayRequest request, CancellationToken cancellationToken)
    {
        var answers = new ClientAnswers(client, request.Id, request.Debug, time.UnixNow());
        var outcome = "failed";
        var refusal = Refuse(client, request, out var limit);
        var allowed = refusal is null ? TimeSpan.FromSeconds(request.TimeoutSeconds) : TimeSpan.Zero;
        using var timeout = new CancellationTokenSource(allowed, time);
        using var patience = new CancellationTokenSource(allowed + LastWord, time);
        using var working = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            if (refusal is { } refused)
            {
                outcome = "rejected";
                await answers.SendErrorAsync(refused.Code, refused.Text, default, time.UnixNow(), ending.Token).ConfigureAwait(false);
                return;
            }
            try
            {
                outcome = await RouteAsync(client, request, limit, answers, working.Token, ending.Token).ConfigureAwait(false) ? "succeeded" : "failed";
            }
            catch (OperationCanceledException) when (timeout.IsCancellationRequested && !ending.IsCancellationRequested)
            {
                outcome = "timed out";
                await answers.SendErrorAsync(ErrorCodes.Timeout, "timeout in proxy", default, time.UnixNow(), ending.Token).ConfigureAwait(false);
            }
            catch (FramingException)
            {
                await answers.SendErrorAsync(ErrorCodes.Failure, "the answer does not fit into a packet", default, time.UnixNow(), ending.Token).ConfigureAwait(false);
            }
            catch (LedgerException exception)
            {
                LogLedger(request.Id, exception.Message);
                await answers.SendErrorAsync(ErrorCodes.NotReady, "the proxy cannot count tokens now", default, time.UnixNow(), ending.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            outcome = "stopped";
        }
        finally
        {
            Requests.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        }
    }

    private (int Code, string Text)? Refuse(IClientLink client, RelayRequest request, out TokenLimit limit)
    {
        limit = default;
        if (request.MaxTokens < 0 || request.MaxCoefficient < 0)
            return (ErrorCodes.ProtocolViolation, $"max_tokens {request.MaxTokens} and max_coefficient {request.MaxCoefficient} must not be negative");
        if (!(request.TimeoutSeconds > 0 && request.TimeoutSeconds <= MaxTimeoutSeconds))
            return (ErrorCodes.ProtocolViolation, $"timeout must be above 0 and at most {MaxTimeoutSeconds} seconds");
        var version = registry.Current.Registry.Version;
        if ((uint)request.MinConfigVersion > version)
            return (ErrorCodes.Error, $"active config version is too low: {version}, wanted {(uint)request.MinConfigVersion}");
        if (channels.Find(client.Owner) is { Phase: not ContractPhase.Normal })
            return (ErrorCodes.NotReady, "client is closing");
        try
        {
            limit = TokenLimit.Read(request.Query, request.MaxTokens);
            return null;
        }
        catch (FormatException exception)
        {
            return (ErrorCodes.ProtocolViolation, exception.Message);
        }
    }

    private async Task<bool> RouteAsync(
        IClientLink client, RelayRequest request, TokenLimit limit, ClientAnswers answers, CancellationToken cancellationToken, CancellationToken ending)
    {
        var cap = new Coefficient(request.MaxCoefficient);
        var wanted = ToReserve(request, limit, cap);
        var reservation = ledger.TryReserve(client.Owner, wanted, channels.Credit(client.Owner), out var available);
        if (reservation is null)
        {
            await answers.SendErrorAsync(
                ErrorCodes.Error, $"client balance is too low: to_reserve={wanted}, available={available}", default, time.UnixNow(), ending).ConfigureAwait(false);
            return false;
        }
        try
        {
            var tried = new HashSet<WorkerConnection>();
            WorkerEvent last = default;
            while (true)
            {
                var task = new WorkerTask(options.MaxBufferedAnswerBytes);
                var choice = pool.Assign(request.Model, cap, task, tried);
                if (choice.Worker is not { } worker)
                {
                    var (code, text) = tried.Count > 0 ? (last.Code, last.Error) : Explain(choice, request.Model);
                    await answers.SendErrorAsync(code, text, last, time.UnixNow(), ending).ConfigureAwait(false);
                    return false;
                }
                tried.Add(worker);
                try
                {
                    last = await TryWorkerAsync(client, request with { Query = limit.Query }, answers, reservation, choice, task, cancellationToken, ending).ConfigureAwait(false);
                }
                finally
                {
                    worker.End(task);
                }
                if (last.Kind is not (WorkerEventKind.Failed or WorkerEventKind.Lost))
                {
                    worker.Succeeded++;
                    return true;
                }
                worker.Failed++;
                // A worker's own words may quote the prompt: they go to the client, never to the log.
                LogAttempt(request.Id, worker.Owner, last.Kind == WorkerEventKind.Lost ? last.Error : $"it answered with error {last.Code}");
                var another = !answers.Started && tried.Count < options.MaxAttempts
                    && (last.Kind == WorkerEventKind.Lost || last.Code is ErrorCodes.NotReady or ErrorCodes.Error or ErrorCodes.Failure);
                if (another)
                    continue;
                await answers.SendErrorAsync(last.Code == 0 ? ErrorCodes.Failure : last.Code, last.Error, last, time.UnixNow(), ending).ConfigureAwait(false);
                return false;
            }
        }
        finally
        {
            ledger.Release(reservation);
        }
    }

    /// <summary>Runs the request on one worker; the result is its last message.</summary>
    private async Task<WorkerEvent> TryWorkerAsync(
        IClientLink client, RelayRequest request, ClientAnswers answers, Reservation reservation, WorkerChoice choice, WorkerTask task,
        CancellationToken cancellationToken, CancellationToken ending)
    {
        var (worker, coefficient) = (choice.Worker!, choice.Coefficient);
        var payment = vouchers.CurrentPayment(LedgerSide.Worker, worker.Owner);
        var timeout = request.TimeoutSeconds * TimeoutShare;
        ITlObject message = worker.ProtocolVersion < ProtocolVersions.FinalInfo
            ? new ProxyRunQuery(request.Query, payment, coefficient.Thousandths, timeout, task.Id)
            : new ProxyRunQueryEx(request.Query, payment, coefficient.Thousandths, timeout, task.Id, request.Debug);
        try
        {
            await worker.Link.SendAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (FramingException)
        {
            return WorkerEvent.Failure(ErrorCodes.ProtocolViolation, "the request does not fit into a packet");
        }
        catch (IOException exception)
        {
            return WorkerEvent.Lost(exception.Message);
        }
        while (true)
        {
            var happened = await task.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (happened.Kind is WorkerEventKind.Failed)
                return happened with { Error = "worker: " + happened.Error };
            if (happened.Kind is WorkerEventKind.Lost)
                return happened;
            var bytes = happened.Bytes;
            if (happened.Kind == WorkerEventKind.Head && !TryStamp(ref bytes, answers.StartTime, time.UnixNow()))
                return WorkerEvent.Lost("the worker's answer is not an HTTP response", ErrorCodes.ProtocolViolation);
            if (happened.Tokens is { } reported)
            {
                var final = Bound(reported, reservation.Amount, worker);
                await ledger.SettleAsync(reservation, worker.Owner, new AdjustedTokens(final.TotalTokensUsed)).ConfigureAwait(false);
                Tokens.Add(final.TotalTokensUsed);
                // The worker is free again, however slowly its client reads the rest, and the client's slot is, however slowly the worker reads.
                worker.End(task);
                worker.Telling.Add(TellWorkerAsync(client, request, worker, task, final));
                await TellClientAsync(client, request, answers, worker, happened, bytes, final, ending).ConfigureAwait(false);
                return happened;
            }
            if (happened.Kind == WorkerEventKind.Head)
                await answers.SendHeadAsync(worker, bytes, null, happened, time.UnixNow(), cancellationToken).ConfigureAwait(false);
            else if (bytes.Length > 0)
                await answers.SendPartAsync(bytes, null, happened, time.UnixNow(), cancellationToken).ConfigureAwait(false);
        }
    }

    // Both sides learn what the request came to; what they are shown is already durable.
    private async Task TellClientAsync(
        IClientLink client, RelayRequest request, ClientAnswers answers, WorkerConnection worker, WorkerEvent last, ReadOnlyMemory<byte> bytes, TokensUsed final,
        CancellationToken ending)
    {
        if (last.Kind == WorkerEventKind.Head)
            await answers.SendHeadAsync(worker, bytes, final, last, time.UnixNow(), ending).ConfigureAwait(false);
        else
            await answers.SendPartAsync(bytes, final, last, time.UnixNow(), ending).ConfigureAwait(false);
        var used = ledger.Read(LedgerSide.Client, client.Owner).Stored.Value;
        await answers.SendAsync(
            new ProxyClientRequestPayment(request.Id, vouchers.CurrentPayment(LedgerSide.Client, client.Owner), used, used, final.TotalTokensUsed),
            ending).ConfigureAwait(false);
    }

    private async Task TellWorkerAsync(IClientLink client, RelayRequest request, WorkerConnection worker, WorkerTask task, TokensUsed final)
    {
        var owner = client.Owner.ToFriendly(bounceable: false, testnet: options.Network.Testnet);
        var message = new FreshMessage(ProxyWorkerRequestPayment.TlId, () =>
        {
            var earned = ledger.Read(LedgerSide.Worker, worker.Owner).Stored.Value;
            return new ProxyWorkerRequestPayment(
                task.Id, vouchers.CurrentPayment(LedgerSide.Worker, worker.Owner), earned, earned, final.TotalTokensUsed, owner);
        });
        try
        {
            await worker.Link.SendAsync(message, CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            LogAttempt(request.Id, worker.Owner, exception.Message);
        }
    }

    /// <summary>
    /// What a request may cost at most: the request's bytes stand in for its prompt's tokens, and every kind of token is taken at its
    /// dearest multiplier, so that honest answers within their limit always fit.
    /// </summary>
    private AdjustedTokens ToReserve(RelayRequest request, TokenLimit limit, Coefficient cap)
    {
        var multipliers = identity.Parameters.Multipliers;
        var prompt = Dearer(multipliers.Prompt, multipliers.Cached);
        var completion = Dearer(multipliers.Completion, multipliers.Reasoning);
        try
        {
            return AdjustedTokens.Adjust(request.Query.Length, cap, prompt) + AdjustedTokens.Adjust(limit.Total, cap, completion);
        }
        catch (OverflowException)
        {
            // More than anybody has.
            return new AdjustedTokens(long.MaxValue);
        }
    }

    private static Multiplier Dearer(Multiplier left, Multiplier right) => left.TenThousandths > right.TenThousandths ? left : right;

    // The worker's word is taken within the reservation only.
    private TokensUsed Bound(TokensUsed reported, AdjustedTokens reserved, WorkerConnection worker)
    {
        var total = reported.TotalTokensUsed;
        if (total < 0 || total > reserved.Value)
        {
            LogBounded(worker.Owner, total, reserved.Value);
            total = Math.Clamp(total, 0, reserved.Value);
        }
        // The kinds only inform, but none of them is negative or more than all.
        return new TokensUsed(
            Math.Clamp(reported.PromptTokensUsed, 0, total), Math.Clamp(reported.CachedTokensUsed, 0, total),
            Math.Clamp(reported.CompletionTokensUsed, 0, total), Math.Clamp(reported.ReasoningTokensUsed, 0, total), total);
    }

    private static bool TryStamp(ref ReadOnlyMemory<byte> head, double start, double end)
    {
        try
        {
            var response = TlSerializer.Deserialize<HttpResponse>(head);
            head = TlSerializer.Serialize(response with
            {
                Headers = response.Headers.AddRange(
                    new HttpHeader("X-Cocoon-Proxy-Start", start.ToString("F6", CultureInfo.InvariantCulture)),
                    new HttpHeader("X-Cocoon-Proxy-End", end.ToString("F6", CultureInfo.InvariantCulture))),
            });
            return true;
        }
        catch (TlFormatException)
        {
            return false;
        }
    }

    private static (int Code, string Text) Explain(WorkerChoice choice, string model)
    {
        model = model.Length > MaxQuotedModel ? model[..MaxQuotedModel] : model;
        return choice.Refusal switch
        {
            WorkerRefusal.UnknownModel => (ErrorCodes.ProtocolViolation, $"unknown model '{model}'"),
            WorkerRefusal.NoWorkers => (ErrorCodes.NotReady, $"no workers for model '{model}'"),
            WorkerRefusal.TooExpensive => (ErrorCodes.NotReady, $"can run this query with coefficient={choice.CheapestAboveCap!.Value.Thousandths}"),
            _ => (ErrorCodes.NotReady, $"no ready workers for model '{model}'"),
        };
    }

    [LoggerMessage(LogLevel.Critical, "Request {Request}: the ledger failed: {Reason}")]
    private partial void LogLedger(Cryptography.Bits256 request, string reason);

    [LoggerMessage(LogLevel.Warning, "Request {Request}: worker {Worker} failed: {Reason}")]
    private partial void LogAttempt(Cryptography.Bits256 request, Ton.TonAddress worker, string reason);

    [LoggerMessage(LogLevel.Warning, "Worker {Worker} reported {Tokens} tokens, {Reserved} were reserved: the report is bounded")]
    private partial void LogBounded(Ton.TonAddress worker, long tokens, long reserved);
}
