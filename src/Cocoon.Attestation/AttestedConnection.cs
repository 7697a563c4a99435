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
    public PipeReader Input => _tls.Input;

    /// <inheritdoc/>
    public PipeWriter Output => _tls.Output;

    /// <summary>Fills <paramref name="output"/> with bytes that only the two ends of this connection can compute (RFC 8446 §7.5).</summary>
    public void ExportKeyingMaterial(string label, ReadOnlySpan<byte> context, Span<byte> output) =>
        _tls.ExportKeyingMaterial(label, context, output);

    /// <inheritdoc/>
    public ValueTask<FreshEvidence> ProveAsync(CancellationToken cancellationToken) =>
        ProveAsync(EvidenceBinding.ToConnection(_key, Secret(), []), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<FreshEvidence> ProveAsync(Bits256 nonce, CancellationToken cancellationToken)
    {
        await _proving.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await ProveAsync(EvidenceBinding.ToNonce(_key, nonce, []), cancellationToken).ConfigureAwait(false);
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
        if (Peer.Kind == EvidenceKind.None) return null;
        try
        {
            var binding = EvidenceBinding.ToConnection(Peer.PublicKey, Secret(), NamesOf(shown.Gpus));
            var fresh = await _owner.JudgeAsync(shown.Quote, binding, cancellationToken).ConfigureAwait(false);
            return (fresh.Kind, fresh.ImageHash) == (Peer.Kind, Peer.ImageHash)
                ? null
                : $"image check: found {fresh.Kind} image {fresh.ImageHash}, wanted that of the peer's certificate, {Peer.Kind} image {Peer.ImageHash}.";
        }
        catch (AttestationException exception)
        {
            return exception.Message;
        }
    }

    /// <inheritdoc/>
    public ValueTask<PolicyVerdict> JudgeAsync(FreshEvidence shown, Ed25519PublicKey key, Bits256 nonce, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(shown);
        return _owner.EvaluateAsync(shown.Quote, EvidenceBinding.ToNonce(key, nonce, NamesOf(shown.Gpus)), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_closing is not null) await _closing.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
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

    private static ImmutableArray<Bits256> NamesOf(ImmutableArray<GpuEvidence> gpus) => [.. gpus.Select(GpuBinding.DeviceOf)];

    private async ValueTask<FreshEvidence> ProveAsync(EvidenceBinding binding, CancellationToken cancellationToken) =>
        new(await _owner.CreateQuoteAsync(binding, cancellationToken).ConfigureAwait(false), []);

    private Bits256 Secret()
    {
        Span<byte> secret = stackalloc byte[Bits256.Size];
        _tls.ExportKeyingMaterial(ExporterLabel, [], secret);
        return new Bits256(secret);
    }
}
