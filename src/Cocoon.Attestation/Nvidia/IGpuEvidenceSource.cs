using System.Collections.Immutable;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Nvidia;

/// <summary>Has this machine's GPUs attest themselves.</summary>
public interface IGpuEvidenceSource
{
    /// <summary>Asks every GPU of this machine.</summary>
    /// <param name="nonce">What they are asked with: <see cref="GpuBinding.ToConnection"/> or <see cref="GpuBinding.ToNonce"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AttestationException">They cannot be asked; the message says why and what an operator does next.</exception>
    Task<ImmutableArray<GpuEvidence>> CollectAsync(Bits256 nonce, CancellationToken cancellationToken);
}
