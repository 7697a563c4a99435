using System.IO.Pipelines;
using Cocoon.Cryptography.Tls;

namespace Cocoon.Attestation;

/// <summary>An encrypted connection with a peer whose evidence was verified. See <see cref="TlsConnection"/> for how it ends.</summary>
public sealed class AttestedConnection : IDuplexPipe, IAsyncDisposable
{
    private readonly TlsConnection _tls;

    internal AttestedConnection(TlsConnection tls, PeerEvidence peer)
    {
        _tls = tls;
        Peer = peer;
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
    public ValueTask DisposeAsync() => _tls.DisposeAsync();
}
