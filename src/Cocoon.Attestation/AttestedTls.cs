using System.Collections.Immutable;
using System.IO.Pipelines;
using Cocoon.Attestation.Certificates;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Policies;
using Cocoon.Cryptography;
using Cocoon.Cryptography.Tls;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Attestation;

/// <summary>
/// Makes connections on which both sides present a certificate, with evidence where there is any, over TLS 1.3. Holds this side's key
/// and certificate and renews them in time. Safe to use from several connections at once.
/// </summary>
public sealed partial class AttestedTls : IDisposable
{
    private const int MaxQuotesAtOnce = 2;

    private static readonly TimeSpan RenewalPause = TimeSpan.FromMinutes(1);

    // Between two judgements of a peer whose connection lasts.
    private static readonly TimeSpan ShortestTrust = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestTrust = TimeSpan.FromDays(1);

    private readonly IEvidenceSource _source;
    private readonly IEvidencePolicy _policy;
    private readonly AttestedTlsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly GpuJudge _gpus;
    private readonly SemaphoreSlim _making = new(1);

    // Hardware makes quotes slowly and one by one; many peers may ask at once.
    private readonly SemaphoreSlim _quoting = new(MaxQuotesAtOnce);
    private readonly CancellationTokenSource _disposing = new();
    private readonly Lock _lock = new();
    private volatile Credential? _current;
    private bool _isRenewing;
    private DateTimeOffset _nextRenewal;

    // A handshake that took the former credential as it was replaced may still be about to use its key.
    private Credential? _former;

    /// <summary>How long this machine's hardware may take for a quote. Linux itself gives a host's quoting service 30 seconds.</summary>
    public static TimeSpan QuotePatience { get; } = TimeSpan.FromMinutes(1);

    /// <summary>Nothing is made yet: the first connection makes the first certificate.</summary>
    /// <param name="source">Makes this side's evidence.</param>
    /// <param name="policy">Judges the peer's.</param>
    /// <param name="options">Times.</param>
    /// <param name="time">The clock of certificates and timeouts.</param>
    /// <param name="logger">Hears of certificates made, and of renewals that failed while the old one is still good.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public AttestedTls(
        IEvidenceSource source, IEvidencePolicy policy, AttestedTlsOptions options, TimeProvider time, ILogger<AttestedTls>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        options.Validate();
        _source = source;
        _policy = policy;
        _options = options;
        _time = time;
        _logger = logger ?? NullLogger<AttestedTls>.Instance;
        _gpus = new GpuJudge(policy.Gpu, policy.Gpu?.ManifestFolder is { } folder ? new RimFolder(folder) : null, options.GpuEndorsements, time);
    }

    /// <summary>Accepts a connection. The transport belongs to it from now on, whether this succeeds or not.</summary>
    /// <exception cref="TlsException">The handshake failed, took too long, or the peer was refused; the message says by which check.</exception>
    /// <exception cref="AttestationException">This side's evidence cannot be made.</exception>
    public Task<AttestedConnection> AuthenticateAsServerAsync(IDuplexPipe transport, CancellationToken cancellationToken) =>
        AuthenticateAsync(transport, CertificateRole.Client, cancellationToken);

    /// <summary>Opens a connection. The transport belongs to it from now on, whether this succeeds or not.</summary>
    /// <remarks>A server that refuses this side shows it on the first read, where the connection ends, and not here.</remarks>
    /// <exception cref="TlsException">The handshake failed, took too long, or the peer was refused; the message says by which check.</exception>
    /// <exception cref="AttestationException">This side's evidence cannot be made.</exception>
    public Task<AttestedConnection> AuthenticateAsClientAsync(IDuplexPipe transport, CancellationToken cancellationToken) =>
        AuthenticateAsync(transport, CertificateRole.Server, cancellationToken);

    /// <summary>Wipes the keys. No connection may be made after this; those that stand are not affected.</summary>
    public void Dispose()
    {
        if (_disposing.IsCancellationRequested) return;
        _disposing.Cancel();
        lock (_lock)
        {
            _current?.Key.Dispose();
            _former?.Key.Dispose();
        }
        _disposing.Dispose();
    }

    private async Task<AttestedConnection> AuthenticateAsync(IDuplexPipe transport, CertificateRole peerRole, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transport);
        Credential credential;
        try
        {
            credential = await GetCredentialAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await transport.Output.CompleteAsync().ConfigureAwait(false);
            await transport.Input.CompleteAsync().ConfigureAwait(false);
            throw;
        }

        AttestedCertificate? certificate = null;
        var options = new TlsOptions
        {
            CertificateDer = credential.CertificateDer,
            Key = credential.Key,
            VerifyPeer = der => FindRefusal(der, peerRole, out certificate),
            HandshakeTimeout = _options.HandshakeTimeout,
            Time = _time,
        };
        var tls = peerRole == CertificateRole.Client
            ? await TlsConnection.AuthenticateAsServerAsync(transport, options, cancellationToken).ConfigureAwait(false)
            : await TlsConnection.AuthenticateAsClientAsync(transport, options, cancellationToken).ConfigureAwait(false);

        try
        {
            var peer = await JudgeAsync(certificate, tls.PeerPublicKey, cancellationToken).ConfigureAwait(false);
            return new AttestedConnection(this, tls, credential.Key.PublicKey, peer);
        }
        catch (AttestationException exception)
        {
            await SayFarewellAsync(tls, exception).ConfigureAwait(false);
            await tls.DisposeAsync().ConfigureAwait(false);
            throw new TlsException($"The peer's certificate was refused: {exception.Message}", exception.InnerException);
        }
        catch
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // Closing waits until it has left, a moment at most. The peer may be gone already.
    private async Task SayFarewellAsync(TlsConnection tls, AttestationException refusal)
    {
        if (_options.Farewell is not { } farewell) return;
        try
        {
            await tls.Output.WriteAsync(farewell(refusal.ToldToPeers ?? refusal.Message), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It ends without a word then.
        }
    }

    /// <summary>Judges the certificate's form, all that can be judged in the middle of a handshake.</summary>
    private string? FindRefusal(ReadOnlySpan<byte> der, CertificateRole role, out AttestedCertificate? certificate)
    {
        certificate = null;
        try
        {
            certificate = AttestedCertificate.Parse(der.ToArray());
        }
        catch (AttestationException exception)
        {
            return exception.Message;
        }
        return certificate.FindRefusal(role, _time.GetUtcNow(), new CertificateLimits(_options.ClockTolerance, _policy.Rules.MaxCertificateLifetime));
    }

    private async ValueTask<PeerEvidence> JudgeAsync(AttestedCertificate? certificate, Ed25519PublicKey provedKey, CancellationToken cancellationToken)
    {
        // TLS read the certificate with a parser of its own. The key it saw the peer prove has to be the one judged here.
        if (certificate is null || certificate.PublicKey != provedKey)
            throw new AttestationException($"key check: the peer proved to hold {provedKey}, wanted the judged {certificate?.PublicKey}.");
        return await JudgeAsync(certificate.Quote, EvidenceBinding.ToKey(certificate.PublicKey), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Judges a quote by this side's policy.</summary>
    /// <exception cref="AttestationException">It is refused, or there was no verdict in time.</exception>
    internal async ValueTask<PeerEvidence> JudgeAsync(ReadOnlyMemory<byte> quote, EvidenceBinding binding, CancellationToken cancellationToken) =>
        (await EvaluateAsync(quote, binding, cancellationToken).ConfigureAwait(false)).Evidence!;

    /// <inheritdoc cref="JudgeAsync(ReadOnlyMemory{byte}, EvidenceBinding, CancellationToken)"/>
    internal async ValueTask<PolicyVerdict> EvaluateAsync(ReadOnlyMemory<byte> quote, EvidenceBinding binding, CancellationToken cancellationToken)
    {
        PolicyVerdict verdict;
        try
        {
            verdict = await AskPolicyAsync(quote, binding, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            throw TooSlow(exception);
        }
        // Whatever a policy stumbles over, its peer is not accepted.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new AttestationException($"policy '{_policy.Name}': it failed.", exception);
        }
        if (verdict.Evidence is not null) return verdict;
        throw new AttestationException($"policy '{_policy.Name}': {verdict.Refusal ?? "it gave no verdict."}")
        {
            ToldToPeers = verdict.IsLocal
                ? $"policy '{_policy.Name}': collateral check: the judging side could not have what the vendor publishes; its log says why."
                : null,
        };
    }

    /// <summary>Judges the GPUs of a machine whose quote is good.</summary>
    /// <exception cref="AttestationException">They are refused, or there was no verdict in time.</exception>
    internal async ValueTask<ImmutableArray<AttestedGpu>> JudgeAsync(ImmutableArray<GpuEvidence> gpus, Bits256 nonce, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(_options.EvidenceTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            return await _gpus.JudgeAsync(gpus, nonce, either.Token).ConfigureAwait(false);
        }
        catch (AttestationException exception)
        {
            throw new AttestationException($"policy '{_policy.Name}': {exception.Message}", exception)
            {
                ToldToPeers = exception.ToldToPeers is { } told ? $"policy '{_policy.Name}': {told}" : null,
            };
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw TooSlow(exception);
        }
    }

    /// <summary>Whether evidence is judged that is made for a connection; what GPUs show always is, where any are wanted.</summary>
    internal bool WantsFreshEvidence => _policy.Freshness != FreshnessRule.Off || _policy.Gpu is not null;

    /// <summary>Why a peer is refused that can show no evidence for its connection; null when the policy lets it be.</summary>
    internal string? FindRefusalOfAbsence() =>
        _policy.Gpu is { Required: true } gpu
            ? $"policy '{_policy.Name}': GPU check: found a peer that cannot show GPUs, wanted protocol version 3 with at least {gpu.MinimumCount} of them; "
                + "start the peer with a version of this program that has GpuEvidence."
            : _policy.Freshness == FreshnessRule.Required
                ? $"policy '{_policy.Name}': freshness check: found a peer that cannot show evidence made for the connection, wanted protocol version 3; update the peer."
                : null;

    /// <summary>Asks this machine's GPUs.</summary>
    /// <exception cref="AttestationException">They cannot be asked.</exception>
    internal Task<ImmutableArray<GpuEvidence>> CollectGpusAsync(Bits256 nonce, CancellationToken cancellationToken) =>
        _options.Gpus?.CollectAsync(nonce, cancellationToken) ?? Task.FromResult(ImmutableArray<GpuEvidence>.Empty);

    /// <summary>Writes down what the peer is not told.</summary>
    internal void LogJudgement(AttestationException refusal)
    {
        if (refusal.ToldToPeers is not null) LogCannotJudge(_logger, refusal.Message);
    }

    private AttestationException TooSlow(Exception exception) =>
        new($"policy '{_policy.Name}': time check: it gave no verdict within {_options.EvidenceTimeout.TotalSeconds:0.#} seconds.", exception);

    private async ValueTask<PolicyVerdict> AskPolicyAsync(ReadOnlyMemory<byte> quote, EvidenceBinding binding, CancellationToken cancellationToken)
    {
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var verdict = _policy.EvaluateAsync(quote, binding, asking.Token);
        if (verdict.IsCompleted) return await verdict.ConfigureAwait(false);
        try
        {
            return await verdict.AsTask().WaitAsync(_options.EvidenceTimeout, _time, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await asking.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Waits until a peer whose evidence holds until then has to be judged again: a day at most, and a minute at least, which is how long it may be late.</summary>
    internal Task WaitToJudgeAgainAsync(DateTimeOffset until, CancellationToken cancellationToken)
    {
        var rest = until - _time.GetUtcNow();
        return Task.Delay(rest < ShortestTrust ? ShortestTrust : rest > LongestTrust ? LongestTrust : rest, _time, cancellationToken);
    }

    // While the old certificate is good, nobody waits for the new one.
    private ValueTask<Credential> GetCredentialAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_current is { } current && IsValid(current))
            {
                if (!IsFresh(current) && !_isRenewing && _time.GetUtcNow() >= _nextRenewal)
                {
                    _isRenewing = true;
                    var disposing = _disposing.Token;
                    _ = Task.Run(() => RenewAsync(current, disposing), CancellationToken.None);
                }
                return new ValueTask<Credential>(current);
            }
        }
        return MakeCredentialAsync(cancellationToken);
    }

    // Never fails: the old certificate serves until it ends, and then whoever connects is told.
    private async Task RenewAsync(Credential old, CancellationToken cancellationToken)
    {
        try
        {
            await MakeCredentialAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (!cancellationToken.IsCancellationRequested)
                LogRenewalFailed(_logger, exception, _source.Name, old.NotAfter, (old.NotAfter - _time.GetUtcNow()).TotalHours, (int)RenewalPause.TotalSeconds);
        }
        finally
        {
            lock (_lock)
            {
                _isRenewing = false;
                _nextRenewal = _time.GetUtcNow() + RenewalPause;
            }
        }
    }

    private async ValueTask<Credential> MakeCredentialAsync(CancellationToken cancellationToken)
    {
        await _making.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_current is { } made && IsFresh(made)) return made;
            var renewed = await CreateCredentialAsync(cancellationToken).ConfigureAwait(false);
            Take(renewed);
            LogCertificateMade(_logger, _source.Name, renewed.Key.PublicKey, renewed.NotAfter);
            return renewed;
        }
        finally
        {
            _making.Release();
        }
    }

    private void Take(Credential renewed)
    {
        lock (_lock)
        {
            if (_disposing.IsCancellationRequested)
            {
                renewed.Key.Dispose();
                throw new ObjectDisposedException(nameof(AttestedTls));
            }
            _former?.Key.Dispose();
            (_former, _current) = (_current, renewed);
        }
    }

    /// <summary>Makes a quote by this side's source.</summary>
    /// <exception cref="AttestationException">It cannot be made, or is too large.</exception>
    internal async ValueTask<ReadOnlyMemory<byte>> CreateQuoteAsync(EvidenceBinding binding, CancellationToken cancellationToken)
    {
        await _quoting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var making = MakeQuoteAsync(binding.ReportData);
            return making.IsCompleted
                ? await making.ConfigureAwait(false)
                : await making.WaitAsync(QuotePatience, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            throw new AttestationException(
                $"The evidence source '{_source.Name}' made no quote within {QuotePatience.TotalSeconds:0} seconds; see that the host answers this guest.", exception);
        }
    }

    // Hardware does not stop for who no longer waits, so a place is free again when the quote is made, and not when its reader has gone.
    private async Task<ReadOnlyMemory<byte>> MakeQuoteAsync(ReadOnlyMemory<byte> reportData)
    {
        try
        {
            var quote = await _source.CreateQuoteAsync(reportData, CancellationToken.None).ConfigureAwait(false);
            return quote.Length <= AttestedCertificate.MaxQuoteSize
                ? quote
                : throw new AttestationException(
                    $"The evidence source '{_source.Name}' made a quote of {quote.Length} bytes, wanted at most {AttestedCertificate.MaxQuoteSize}.");
        }
        finally
        {
            _quoting.Release();
        }
    }

    private async Task<Credential> CreateCredentialAsync(CancellationToken cancellationToken)
    {
        var key = Ed25519PrivateKey.Generate();
        try
        {
            var quote = await CreateQuoteAsync(EvidenceBinding.ToKey(key.PublicKey), cancellationToken).ConfigureAwait(false);

            // Certificates are valid from a little before now, for peers whose clocks are late.
            var notBefore = _time.GetUtcNow() - _options.ClockTolerance;
            var der = AttestedCertificate.Create(key, quote.Span, notBefore, _options.CertificateLifetime);
            return new Credential(key, der, notBefore, notBefore + _options.CertificateLifetime);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private bool IsFresh(Credential credential) => IsValid(credential) && _time.GetUtcNow() < credential.NotBefore + (_options.CertificateLifetime / 2);

    // Peers whose clocks are early see its end before it comes.
    private bool IsValid(Credential credential)
    {
        var now = _time.GetUtcNow();
        return credential.NotBefore <= now && now < credential.NotAfter - _options.ClockTolerance;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Made a certificate with evidence '{Source}' for key {Key}, valid until {NotAfter:u}.")]
    private static partial void LogCertificateMade(ILogger logger, string source, Ed25519PublicKey key, DateTimeOffset notAfter);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Renewing the certificate with evidence '{Source}' failed. The old one serves until {NotAfter:u}, for {Hours:0.0} hours more; connections after {Pause} seconds try again.")]
    private static partial void LogRenewalFailed(ILogger logger, Exception exception, string source, DateTimeOffset notAfter, double hours, int pause);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A peer's evidence cannot be judged: {Reason}")]
    private static partial void LogCannotJudge(ILogger logger, string reason);

    private sealed record Credential(Ed25519PrivateKey Key, ReadOnlyMemory<byte> CertificateDer, DateTimeOffset NotBefore, DateTimeOffset NotAfter);
}
