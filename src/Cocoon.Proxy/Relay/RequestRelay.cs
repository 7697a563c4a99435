using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Globalization;
using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Node.Registry;
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

    private static readonly Meter Meter = new("Cocoon.Proxy");
    private static readonly Counter<long> Requests = Meter.CreateCounter<long>("cocoon.proxy.requests", description: "Requests by outcome");
    private static readonly Counter<long> Tokens = Meter.CreateCounter<long>("cocoon.proxy.tokens", "{token}", "Adjusted tokens settled");

    /// <summary>Serves one request to its end. Never throws for anything a peer did.</summary>
    internal async Task RunAsync(IClientLink client, RelayRequest request, CancellationToken cancellationToken)
    {
        var answers = new ClientAnswers(client, request.Id, request.Debug, UnixNow());
        var outcome = "failed";
        try
        {
            if (Refuse(client, request) is { } refusal)
            {
                outcome = "rejected";
                await answers.SendErrorAsync(refusal.Code, refusal.Text, default, UnixNow(), cancellationToken).ConfigureAwait(false);
                return;
            }
            using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(request.TimeoutSeconds), time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            try
            {
                outcome = await RouteAsync(client, request, answers, either.Token).ConfigureAwait(false) ? "succeeded" : "failed";
            }
            catch (OperationCanceledException) when (timeout.IsCancellationRequested)
            {
                outcome = "timed out";
                await answers.SendErrorAsync(ErrorCodes.Timeout, "timeout in proxy", default, UnixNow(), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            outcome = "stopped";
        }
        catch (LedgerException exception)
        {
            LogLedger(request.Id, exception.Message);
        }
        finally
        {
            Requests.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        }
    }

    private (int Code, string Text)? Refuse(IClientLink client, RelayRequest request)
    {
        if (request.MaxTokens < 0 || request.MaxCoefficient < 0)
            return (ErrorCodes.ProtocolViolation, $"max_tokens {request.MaxTokens} and max_coefficient {request.MaxCoefficient} must not be negative");
        if (!(request.TimeoutSeconds > 0 && request.TimeoutSeconds <= MaxTimeoutSeconds))
            return (ErrorCodes.ProtocolViolation, $"timeout must be above 0 and at most {MaxTimeoutSeconds} seconds");
        var version = registry.Current.Registry.Version;
        if ((uint)request.MinConfigVersion > version)
            return (ErrorCodes.Error, $"active config version is too low: {version}, wanted {(uint)request.MinConfigVersion}");
        if (channels.Find(client.Owner) is { Phase: not ContractPhase.Normal })
            return (ErrorCodes.NotReady, "client is closing");
        return null;
    }

    private async Task<bool> RouteAsync(IClientLink client, RelayRequest request, ClientAnswers answers, CancellationToken cancellationToken)
    {
        var cap = new Coefficient(request.MaxCoefficient);
        var reservation = ledger.TryReserve(client.Owner, ToReserve(request, cap), channels.Credit(client.Owner), out var available);
        if (reservation is null)
        {
            await answers.SendErrorAsync(ErrorCodes.Error,
                $"client balance is too low: to_reserve={ToReserve(request, cap)}, available={available}", default, UnixNow(), cancellationToken).ConfigureAwait(false);
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
                    await answers.SendErrorAsync(code == 0 ? ErrorCodes.NotReady : code, text, last, UnixNow(), cancellationToken).ConfigureAwait(false);
                    return false;
                }
                tried.Add(worker);
                try
                {
                    last = await TryWorkerAsync(client, request, answers, reservation, worker, task, cancellationToken).ConfigureAwait(false);
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
                await answers.SendErrorAsync(last.Code == 0 ? ErrorCodes.Failure : last.Code, last.Error, last, UnixNow(), cancellationToken).ConfigureAwait(false);
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
        IClientLink client, RelayRequest request, ClientAnswers answers, Reservation reservation, WorkerConnection worker, WorkerTask task,
        CancellationToken cancellationToken)
    {
        var coefficient = worker.Coefficient;
        var started = UnixNow();
        var payment = vouchers.CurrentPayment(LedgerSide.Worker, worker.Owner);
        var timeout = request.TimeoutSeconds * TimeoutShare;
        ITlObject message = worker.ProtocolVersion == 0
            ? new ProxyRunQuery(request.Query, payment, coefficient.Thousandths, timeout, task.Id)
            : new ProxyRunQueryEx(request.Query, payment, coefficient.Thousandths, timeout, task.Id, request.Debug);
        try
        {
            await worker.Link.SendAsync(message, cancellationToken).ConfigureAwait(false);
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
            if (happened.Kind == WorkerEventKind.Head && !TryStamp(ref bytes, started))
                return WorkerEvent.Lost("the worker's answer is not an HTTP response");
            TokensUsed? final = null;
            if (happened.Tokens is { } reported)
            {
                final = Bound(reported, reservation.Amount, worker);
                await ledger.SettleAsync(reservation, worker.Owner, new AdjustedTokens(final.TotalTokensUsed)).ConfigureAwait(false);
                Tokens.Add(final.TotalTokensUsed);
            }
            var now = UnixNow();
            if (happened.Kind == WorkerEventKind.Head)
                await answers.SendHeadAsync(bytes, final, happened, now, cancellationToken).ConfigureAwait(false);
            else if (bytes.Length > 0 || final is not null)
                await answers.SendPartAsync(bytes, final, happened, now, cancellationToken).ConfigureAwait(false);
            if (final is null)
                continue;
            await SendPaymentsAsync(client, request, answers, worker, task, final, cancellationToken).ConfigureAwait(false);
            return happened;
        }
    }

    // Both sides learn what the request came to; what they are shown is already durable.
    private async Task SendPaymentsAsync(
        IClientLink client, RelayRequest request, ClientAnswers answers, WorkerConnection worker, WorkerTask task, TokensUsed final,
        CancellationToken cancellationToken)
    {
        var used = ledger.Read(LedgerSide.Client, client.Owner).Stored.Value;
        await answers.SendAsync(
            new ProxyClientRequestPayment(request.Id, vouchers.CurrentPayment(LedgerSide.Client, client.Owner), used, used, final.TotalTokensUsed),
            cancellationToken).ConfigureAwait(false);
        var earned = ledger.Read(LedgerSide.Worker, worker.Owner).Stored.Value;
        try
        {
            await worker.Link.SendAsync(
                new ProxyWorkerRequestPayment(
                    task.Id, vouchers.CurrentPayment(LedgerSide.Worker, worker.Owner), earned, earned, final.TotalTokensUsed,
                    client.Owner.ToFriendly(bounceable: false, testnet: false)),
                cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            LogAttempt(request.Id, worker.Owner, exception.Message);
        }
    }

    /// <summary>
    /// What a request may cost at most: the request's bytes stand in for its prompt's tokens, and every kind of token is taken at its
    /// dearest multiplier, so that an honest answer within max_tokens always fits.
    /// </summary>
    private AdjustedTokens ToReserve(RelayRequest request, Coefficient cap)
    {
        var multipliers = identity.Parameters.Multipliers;
        var prompt = Dearer(multipliers.Prompt, multipliers.Cached);
        var completion = Dearer(multipliers.Completion, multipliers.Reasoning);
        return AdjustedTokens.Adjust(request.Query.Length, cap, prompt) + AdjustedTokens.Adjust(request.MaxTokens, cap, completion);
    }

    private static Multiplier Dearer(Multiplier left, Multiplier right) => left.TenThousandths > right.TenThousandths ? left : right;

    // The worker's word is taken within the reservation only.
    private TokensUsed Bound(TokensUsed reported, AdjustedTokens reserved, WorkerConnection worker)
    {
        var total = reported.TotalTokensUsed;
        if (total >= 0 && total <= reserved.Value)
            return reported;
        LogBounded(worker.Owner, total, reserved.Value);
        return reported with { TotalTokensUsed = Math.Clamp(total, 0, reserved.Value) };
    }

    private static bool TryStamp(ref ReadOnlyMemory<byte> head, double started)
    {
        try
        {
            var response = TlSerializer.Deserialize<HttpResponse>(head);
            head = TlSerializer.Serialize(response with { Headers = response.Headers.Add(new HttpHeader("X-Cocoon-Proxy-Start", started.ToString("F6", CultureInfo.InvariantCulture))) });
            return true;
        }
        catch (TlFormatException)
        {
            return false;
        }
    }

    private static (int Code, string Text) Explain(WorkerChoice choice, string model) => choice.Refusal switch
    {
        WorkerRefusal.UnknownModel => (ErrorCodes.ProtocolViolation, $"unknown model '{model}'"),
        WorkerRefusal.NoWorkers => (ErrorCodes.NotReady, $"no workers for model '{model}'"),
        WorkerRefusal.TooExpensive => (ErrorCodes.NotReady, $"can run this query with coefficient={choice.CheapestAboveCap!.Value.Thousandths}"),
        _ => (ErrorCodes.NotReady, $"no ready workers for model '{model}'"),
    };

    private double UnixNow() => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    [LoggerMessage(LogLevel.Critical, "Request {Request}: the ledger failed: {Reason}")]
    private partial void LogLedger(Cryptography.Bits256 request, string reason);

    [LoggerMessage(LogLevel.Warning, "Request {Request}: worker {Worker} failed: {Reason}")]
    private partial void LogAttempt(Cryptography.Bits256 request, Ton.TonAddress worker, string reason);

    [LoggerMessage(LogLevel.Warning, "Worker {Worker} reported {Tokens} tokens, {Reserved} were reserved: the report is bounded")]
    private partial void LogBounded(Ton.TonAddress worker, long tokens, long reserved);
}
