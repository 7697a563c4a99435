using System.Collections.Immutable;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Nvidia;

/// <summary>
/// Binds GPUs to the confidential machine they work for, from both sides:
/// <list type="number">
/// <item>each GPU signs a nonce that is made of the machine's TLS key and of the occasion (<see cref="ToConnection"/>, <see cref="ToNonce"/>);</item>
/// <item>the machine's quote covers the names of its GPUs (<see cref="EvidenceBinding"/>), for the same key and occasion.</item>
/// </list>
/// The quote vouches for the image, and that image names GPUs of its own driver only. docs/attestation-gpu.md gives the reasons and the limits.
/// </summary>
public static class GpuBinding
{
    private static ReadOnlySpan<byte> ConnectionLabel => "cocoon gpu of a connection v1"u8;

    private static ReadOnlySpan<byte> NonceLabel => "cocoon gpu for a nonce v1"u8;

    /// <summary>What GPUs are asked with for one TLS connection: SHA-256 of "cocoon gpu of a connection v1", the key and the secret.</summary>
    /// <param name="key">The TLS key of the machine that shows them.</param>
    /// <param name="secret">What only the two ends of the connection can compute, as in <see cref="EvidenceBinding.ToConnection"/>.</param>
    public static Bits256 ToConnection(Ed25519PublicKey key, Bits256 secret) => Digest(ConnectionLabel, key, secret);

    /// <summary>The same with "cocoon gpu for a nonce v1" and a nonce that the verifier chose.</summary>
    /// <param name="key">The TLS key of the machine that shows them.</param>
    /// <param name="nonce">The verifier's nonce, as in <see cref="EvidenceBinding.ToNonce"/>.</param>
    public static Bits256 ToNonce(Ed25519PublicKey key, Bits256 nonce) => Digest(NonceLabel, key, nonce);

    /// <summary>What names a GPU: SHA-256 of the key in its device certificate, a SubjectPublicKeyInfo. It changes with the GPU's firmware.</summary>
    /// <exception cref="AttestationException">The evidence has no certificate, or one that cannot be read.</exception>
    public static Bits256 DeviceOf(GpuEvidence evidence) => GpuDevice.Of(evidence).Name;

    /// <summary>The names of a machine's GPUs, which its quote has to cover.</summary>
    /// <exception cref="AttestationException">There are more than <see cref="GpuEvidence.MaxGpus"/>, one is there twice, or one has no certificate that can be read.</exception>
    public static ImmutableArray<Bits256> DevicesOf(ImmutableArray<GpuEvidence> gpus)
    {
        if (gpus.Length > GpuEvidence.MaxGpus)
            throw new AttestationException($"GPU count check: found {gpus.Length} GPUs, wanted at most {GpuEvidence.MaxGpus}.");
        ImmutableArray<Bits256> devices = [.. gpus.Select(DeviceOf).Order()];
        for (var index = 1; index < devices.Length; index++)
        {
            if (devices[index] == devices[index - 1])
                throw new AttestationException($"GPU list check: found the GPU {devices[index]} twice, wanted each once.");
        }
        return devices;
    }

    private static Bits256 Digest(ReadOnlySpan<byte> label, Ed25519PublicKey key, Bits256 occasion) =>
        Bits256.Sha256([.. label, .. key.Bits.ToArray(), .. occasion.ToArray()]);
}
