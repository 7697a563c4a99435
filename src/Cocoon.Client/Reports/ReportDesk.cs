using Cocoon.Attestation;
using Cocoon.Attestation.Reports;
using Cocoon.Client.Gateway;
using Cocoon.Client.Proxies;
using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Node.Connections;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;

namespace Cocoon.Client.Reports;

/// <summary>
/// Makes attestation reports: asks a proxy and a worker behind it for evidence for a nonce, and judges both as this client judges the peers of its
/// connections. One report at a time, since each costs two quotes of hardware.
/// </summary>
internal sealed class ReportDesk(ClientServices services, ProxyPool pool, ModelCatalog models)
{
    /// <summary>How many reports may be asked for at once, the one that is made among them.</summary>
    public const int MaxReports = 8;

    private readonly TimeSpan _patience = TimeSpan.FromSeconds(60) + (2 * services.Options.Limits.GpuEvidence);
    private readonly ProxyFailure _failures = new(services, models);
    private readonly SemaphoreSlim _making = new(1);
    private int _asked;

    /// <summary>Makes a report.</summary>
    /// <exception cref="GatewayException">There is none to be had; the error says why and what to do.</exception>
    public async Task<AttestationReport> MakeAsync(ReportQuery query, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _asked) > MaxReports)
        {
            Interlocked.Decrement(ref _asked);
            throw new GatewayException(OpenAiError.Unavailable($"{MaxReports} reports are being made, the most at once. Try again in some seconds.", "overloaded"));
        }
        try
        {
            await _making.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Interlocked.Decrement(ref _asked);
            throw;
        }
        return await MakeInTurnAsync(query).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    // Goes on when the caller has left: the proxy answers one of these queries at a time, and the next caller's must not meet this one.
    private async Task<AttestationReport> MakeInTurnAsync(ReportQuery query)
    {
        using var timer = new CancellationTokenSource(_patience, services.Time);
        try
        {
            return await TryProxiesAsync(query, timer.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested)
        {
            throw new GatewayException(OpenAiError.TimedOut($"No report could be made within {_patience.TotalSeconds:0} s. Try again."));
        }
        finally
        {
            _making.Release();
            Interlocked.Decrement(ref _asked);
        }
    }

    private async Task<AttestationReport> TryProxiesAsync(ReportQuery query, CancellationToken cancellationToken)
    {
        var wait = TimeSpan.FromSeconds(services.Options.ProxyWaitSeconds);
        if (await pool.PickAsync([], wait, cancellationToken).ConfigureAwait(false) is null && !pool.Sessions.Any(IsReady))
            throw _failures.NoProxy(pool.Sessions);
        var sessions = pool.Sessions.Where(IsReady).OrderBy(session => session.Faults).ThenBy(session => session.Running).ToArray();
        var able = sessions.Where(session => session is { Exchange: not null, Identity.ProtocolVersion: >= ProtocolVersions.FreshEvidence }).ToArray();
        GatewayException failure = new(OpenAiError.Unavailable(
            $"None of {sessions.Length} connected proxies can show evidence for a nonce: that takes protocol version {ProtocolVersions.FreshEvidence} and a "
            + "connection that this client attests itself (Transport attested_tls). What a proxy showed when it was connected is in the client's status.",
            "no_fresh_evidence"));
        foreach (var session in able)
        {
            try
            {
                return await MakeAsync(session, query, cancellationToken).ConfigureAwait(false);
            }
            // Another proxy may have the worker.
            catch (GatewayException exception) when (exception.Retryable)
            {
                failure = exception;
            }
        }
        throw failure;
    }

    private async Task<AttestationReport> MakeAsync(ProxySession session, ReportQuery query, CancellationToken cancellationToken)
    {
        var registry = services.Registry();
        var nonce = query.Nonce ?? Bits256.Random();
        var worker = await AskAsync(
            session, query, session.ProveWorkerAsync(query.Model, query.Worker, nonce, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (query.Worker != Bits256.Zero && worker.WorkerKey != query.Worker)
            throw Refused("worker", $"key check: found {worker.WorkerKey}, wanted {query.Worker}.");
        var proxy = await AskAsync(session, query, session.ProveAsync(nonce, cancellationToken), cancellationToken).ConfigureAwait(false);
        var known = session.Evidence!;
        // Evidence does not say what its machine is for: a proxy without workers could prove itself twice.
        if (worker.WorkerKey == known.PublicKey.Bits)
            throw Refused("worker", $"key check: found {worker.WorkerKey}, the proxy's own, wanted another machine's.");
        var judged = await JudgeAsync(session, "proxy", proxy, known.PublicKey, nonce, registry, cancellationToken).ConfigureAwait(false);
        if ((judged.Kind, judged.ImageHash) != (known.Kind, known.ImageHash))
            throw Refused("proxy", $"image check: found {judged.Kind} image {judged.ImageHash}, wanted that of its connection, {known.Kind} image {known.ImageHash}.");
        return new AttestationReport
        {
            Model = query.Model,
            Nonce = nonce,
            IsNonceOfCaller = query.Nonce is not null,
            Time = services.Time.GetUtcNow(),
            RegistryVersion = registry.Version,
            Proxy = judged,
            Worker = await JudgeAsync(
                session, "worker", worker.Evidence, new Ed25519PublicKey(worker.WorkerKey), nonce, registry, cancellationToken).ConfigureAwait(false),
        };
    }

    private async Task<T> AskAsync<T>(ProxySession session, ReportQuery query, Task<T> asking, CancellationToken cancellationToken)
    {
        try
        {
            return await asking.ConfigureAwait(false);
        }
        catch (SessionQueryException exception)
        {
            var text = PeerText.Clean(exception.Message);
            throw exception.Code switch
            {
                ErrorCodes.ProtocolViolation when text.Contains("unknown model", StringComparison.OrdinalIgnoreCase) =>
                    await UnknownModelAsync(query.Model, cancellationToken).ConfigureAwait(false),
                ErrorCodes.NotReady => new GatewayException(
                    OpenAiError.Unavailable($"No worker can show evidence for '{PeerText.Clean(query.Model)}' now ({text}). Try again in some seconds.", "no_worker"), retryable: true),
                ErrorCodes.Timeout => new GatewayException(OpenAiError.TimedOut($"No evidence came in time ({text}). Try again."), retryable: true),
                var code => new GatewayException(OpenAiError.Upstream($"The network failed to show evidence with {code}: {text}. Try again."), retryable: true),
            };
        }
        catch (TimeoutException)
        {
            throw new GatewayException(OpenAiError.TimedOut($"The proxy {session.Proxy.ClientEndpoint} showed no evidence in time. Try again."), retryable: true);
        }
        catch (IOException exception)
        {
            throw new GatewayException(OpenAiError.Upstream($"The connection to the proxy was lost: {exception.Message} Try again.", "proxy_lost"), retryable: true);
        }
    }

    // Every proxy is asked before a model counts as unknown.
    private async Task<GatewayException> UnknownModelAsync(string model, CancellationToken cancellationToken) =>
        new((await _failures.UnknownModelAsync(PeerText.Clean(model), cancellationToken).ConfigureAwait(false)).Error, retryable: true);

    private async Task<ReportedEvidence> JudgeAsync(
        ProxySession session, string role, AttestationEvidence message, Ed25519PublicKey key, Bits256 nonce, NetworkRegistry registry, CancellationToken cancellationToken)
    {
        try
        {
            var shown = EvidenceMessages.Read(message);
            var verdict = await session.Exchange!.JudgeAsync(shown, key, nonce, cancellationToken).ConfigureAwait(false);
            var (kind, image) = (verdict.Evidence!.Kind, verdict.Evidence.ImageHash);
            var images = role == "proxy" ? registry.ProxyImageHashes : registry.WorkerImageHashes;
            var isListed = images.Contains(image);
            if (services.Options.CheckProxyHashes && !isListed)
            {
                throw Refused(
                    role,
                    $"image check: found {kind} image {image}, wanted one of the {images.Count} {role} images that registry version {registry.Version} lists"
                    + $"{services.References.Explain(verdict.Evidence.Measurements)}.");
            }
            return new ReportedEvidence
            {
                Role = role,
                Key = key,
                Kind = kind,
                // Whoever gets the report need not know where this machine's files lie.
                Policy = Path.GetFileName(services.Options.PeerPolicy),
                ImageHash = image,
                IsListed = isListed,
                Shown = shown,
                Basis = verdict.Basis ?? new VerdictBasis([]),
            };
        }
        catch (AttestationException exception)
        {
            throw Refused(role, exception.Message);
        }
    }

    private static bool IsReady(ProxySession session) => session.State == ProxySessionState.Ready;

    private static GatewayException Refused(string role, string reason) => new(OpenAiError.EvidenceRefused(role, reason));
}
