using Cocoon.Cryptography;

namespace Cocoon.Attestation;

/// <summary>Makes evidence that a key is held by what runs here. Chosen by name; used by several connections at once.</summary>
public interface IEvidenceSource
{
    /// <summary>The name in configuration.</summary>
    string Name { get; }

    /// <summary>The kind of evidence made.</summary>
    EvidenceKind Kind { get; }

    /// <summary>Makes a quote over the key, at most 32768 bytes. Empty when this source has none to give.</summary>
    /// <exception cref="AttestationException">The evidence cannot be made now.</exception>
    ValueTask<ReadOnlyMemory<byte>> CreateQuoteAsync(Ed25519PublicKey key, CancellationToken cancellationToken);
}
