using System.Collections.Immutable;
using System.Security.Cryptography;
using Cocoon.Cryptography;

namespace Cocoon.Attestation;

/// <summary>
/// What evidence has to vouch for: a key, and from protocol version 3 on also the occasion it was made for and the GPUs that work with the machine.
/// </summary>
/// <remarks>
/// A certificate's quote covers the key alone, for as long as the certificate is valid. Whoever steals the key could show that quote elsewhere;
/// a quote over a connection or a nonce can only be made by the machine itself, then and there.
/// </remarks>
public sealed class EvidenceBinding
{
    private readonly byte[] _reportData;

    private EvidenceBinding(Ed25519PublicKey key, byte[] reportData, bool isLasting)
    {
        Key = key;
        _reportData = reportData;
        IsLasting = isLasting;
    }

    private static ReadOnlySpan<byte> ConnectionLabel => "cocoon evidence of a connection v1"u8;

    /// <summary>What the hashed text of <see cref="ToNonce"/> begins with.</summary>
    public static ReadOnlySpan<byte> NonceLabel => "cocoon evidence for a nonce v1"u8;

    /// <summary>The key of the peer's certificate.</summary>
    public Ed25519PublicKey Key { get; }

    /// <summary>The data of its own choice that the environment has quoted, <see cref="TeeMeasurements.ReportDataSize"/> bytes.</summary>
    public ReadOnlyMemory<byte> ReportData => _reportData;

    /// <summary>Whether the same evidence is shown again and again, as a certificate's is, so that a verdict on it is worth keeping.</summary>
    public bool IsLasting { get; }

    /// <summary>To a key alone, the network's rule: SHA-512 of its 32 bytes.</summary>
    public static EvidenceBinding ToKey(Ed25519PublicKey key) => new(key, TeeMeasurements.ReportDataOf(key), true);

    /// <summary>
    /// To a key and one TLS connection: SHA-512 of "cocoon evidence of a connection v1", the key, the secret, the number of GPUs (one byte) and their
    /// names in ascending order.
    /// </summary>
    /// <param name="key">The key of the side that shows the evidence.</param>
    /// <param name="secret">What only the two ends of the connection can compute.</param>
    /// <param name="gpus">The GPUs that work with the machine; at most 255.</param>
    public static EvidenceBinding ToConnection(Ed25519PublicKey key, Bits256 secret, ImmutableArray<Bits256> gpus) =>
        new(key, Digest(ConnectionLabel, key, secret, gpus), false);

    /// <summary>The same with "cocoon evidence for a nonce v1" and a nonce that the verifier chose.</summary>
    /// <param name="key">The key of the side that shows the evidence.</param>
    /// <param name="nonce">The verifier's nonce.</param>
    /// <param name="gpus">The GPUs that work with the machine; at most 255.</param>
    public static EvidenceBinding ToNonce(Ed25519PublicKey key, Bits256 nonce, ImmutableArray<Bits256> gpus) =>
        new(key, Digest(NonceLabel, key, nonce, gpus), false);

    private static byte[] Digest(ReadOnlySpan<byte> label, Ed25519PublicKey key, Bits256 occasion, ImmutableArray<Bits256> gpus)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(gpus.Length, byte.MaxValue, nameof(gpus));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        hash.AppendData(label);
        hash.AppendData(key.Bits.ToArray());
        hash.AppendData(occasion.ToArray());
        hash.AppendData([(byte)gpus.Length]);
        foreach (var gpu in gpus.Order()) hash.AppendData(gpu.ToArray());
        return hash.GetHashAndReset();
    }
}
