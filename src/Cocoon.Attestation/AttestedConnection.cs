using System.Collections.Immutable;
using System.IO.Pipelines;
using Cocoon.Attestation.Nvidia;
using Cocoon.Cryptography;
using Cocoon.Cryptography.Tls;

namespace Cocoon.Attestation;

/// <summary>An encrypted connection with a peer whose evidence was verified. See <see cref="TlsConnection"/> for how it ends.</summary>
/// <remarks>
/// Evidence holds for a time. When it is over, and every day, the peer is judged again; a connection whose peer would not be let in any more ends with
/// the refusal.
/// </remarks>
public sealed class AttestedConnection : IDuplexPipe, IEvidenceExchange, IAsyncDisposable
{
    private const string ExporterLabel = "EXPORTER-Cocoon-evidence";

    private readonly AttestedTls _owner;
    private readonly TlsConnection _tls;
    private readonly Ed25519PublicKey _key;
    private readonly CancellationTokenSource? _closing;
    private readonly Task _watching = Task.CompletedTask;

    // A peer that asks for one proof after the other gets them one by one, and leaves room for others.
    private readonly SemaphoreSlim _proving = new(1);

    internal AttestedConnection(AttestedTls owner, TlsConnection tls, Ed25519PublicKey key, PeerEvidence peer)
    {
        _owner = owner;
        _tls = tls;
        _key = key;
        Peer = peer;
        if (peer.ValidUntil is not { } until) return;
        _closing = new CancellationTokenSource();
        _watching = WatchAsync(until, _closing.Token);
    }

    /// <summary>What the peer proved.</summary>
    public PeerEvidence Peer { get; }

    /// <inheritdoc/>
    public ImmutableArray<AttestedGpu> PeerGpus { get; private set; } = [];

    /// <inheritdoc/>
    public PipeReader Input => _tls.Input;

    /// <inheritdoc/>
    public PipeWriter Output => _tls.Output;

    /// <summary>Fills <paramref name="output"/> with bytes that only the two ends of this connection can compute (RFC 8446 §7.5).</summary>
    public void ExportKeyingMaterial(string label, ReadOnlySpan<byte> context, Span<byte> output) =>
        _tls.ExportKeyingMaterial(label, context, output);

    /// <inheritdoc/>
    public ValueTask<FreshEvidence> ProveAsync(CancellationToken cancellationToken)
    {
        var secret = Secret();
        return ProveAsync(GpuBinding.ToConnection(_key, secret), gpus => EvidenceBinding.ToConnection(_key, secret, gpus), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<FreshEvidence> ProveAsync(Bits256 nonce, CancellationToken cancellationToken)
    {
        await _proving.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await ProveAsync(GpuBinding.ToNonce(_key, nonce), gpus => EvidenceBinding.ToNonce(_key, nonce, gpus), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _proving.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<string?> FindRefusalAsync(FreshEvidence shown, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(shown);
        // What nobody vouches for proves nothing, and a policy that asks for no evidence asks for no GPUs.
        if (Peer.Kind == EvidenceKind.None || !_owner.WantsFreshEvidence) return null;
        try
        {
            var secret = Secret();
            var binding = EvidenceBinding.ToConnection(Peer.PublicKey, secret, GpuBinding.DevicesOf(shown.Gpus));
            var fresh = await _owner.JudgeAsync(shown.Quote, binding, cancellationToken).ConfigureAwait(false);
            if ((fresh.Kind, fresh.ImageHash) != (Peer.Kind, Peer.ImageHash))
                return $"image check: found {fresh.Kind} image {fresh.ImageHash}, wanted that of the peer's certificate, {Peer.Kind} image {Peer.ImageHash}.";
            PeerGpus = await _owner.JudgeAsync(shown.Gpus, GpuBinding.ToConnection(Peer.PublicKey, secret), cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (AttestationException exception)
        {
            _owner.LogJudgement(exception);
            return exception.ToldToPeers ?? exception.Message;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<PolicyVerdict> JudgeAsync(FreshEvidence shown, Ed25519PublicKey key, Bits256 nonce, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(shown);
        var binding = EvidenceBinding.ToNonce(key, nonce, GpuBinding.DevicesOf(shown.Gpus));
        var verdict = await _owner.EvaluateAsync(shown.Quote, binding, cancellationToken).ConfigureAwait(false);
        if (verdict.Evidence is not { Kind: EvidenceKind.None }) await _owner.JudgeAsync(shown.Gpus, GpuBinding.ToNonce(key, nonce), cancellationToken).ConfigureAwait(false);
        return verdict;
    }

    /// <inheritdoc/>
    public string? FindRefusalOfAbsence() => _owner.FindRefusalOfAbsence();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_closing is not null) await _closing.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _tls.DisposeAsync().ConfigureAwait(false);
        _closing?.Dispose();
    }

    private async Task WatchAsync(DateTimeOffset until, CancellationToken closing)
    {
        try
        {
            for (DateTimeOffset? end = until; end is not null;)
            {
                await _owner.WaitToJudgeAgainAsync(end.Value, closing).ConfigureAwait(false);
                end = (await _owner.JudgeAsync(Peer.Quote, EvidenceBinding.ToKey(Peer.PublicKey), closing).ConfigureAwait(false)).ValidUntil;
            }
        }
        catch (AttestationException exception)
        {
            _tls.Abort(new TlsException($"The peer's evidence holds no longer: {exception.Message}", exception));
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            return;
        }
    }

    // The GPUs first: the quote covers their names.
    private async ValueTask<FreshEvidence> ProveAsync(
        Bits256 gpuNonce, Func<ImmutableArray<Bits256>, EvidenceBinding> bind, CancellationToken cancellationToken)
    {
        var gpus = await _owner.CollectGpusAsync(gpuNonce, cancellationToken).ConfigureAwait(false);
        return new(await _owner.CreateQuoteAsync(bind(GpuBinding.DevicesOf(gpus)), cancellationToken).ConfigureAwait(false), gpus);
    }

    private Bits256 Secret()
    {
        Span<byte> secret = stackalloc byte[Bits256.Size];
        _tls.ExportKeyingMaterial(ExporterLabel, [], secret);
        return new Bits256(secret);
    }
}
