using Cocoon.Cryptography;

namespace Cocoon.Attestation;

/// <summary>What is known of a peer after its evidence was verified and it proved to hold its key.</summary>
/// <param name="Kind">What stands behind the key.</param>
/// <param name="ImageHash">The hash that the network's registry lists for what the peer runs; zero for <see cref="EvidenceKind.None"/>.</param>
/// <param name="PublicKey">The key of the peer's certificate.</param>
/// <param name="Quote">The verified quote as it came, at most 32768 bytes; empty for <see cref="EvidenceKind.None"/>.</param>
public sealed record PeerEvidence(EvidenceKind Kind, Bits256 ImageHash, Ed25519PublicKey PublicKey, ReadOnlyMemory<byte> Quote)
{
    /// <summary>The measurements that the quote vouches for; null for <see cref="EvidenceKind.None"/>.</summary>
    public TeeMeasurements? Measurements { get; init; }

    /// <summary>What identifies the root that the quote's collateral goes back to, 48 bytes; empty unless the quote has the form of TDX.</summary>
    public ReadOnlyMemory<byte> CollateralRootHash { get; init; }

    /// <summary>Until when the evidence holds; null when it says nothing of it.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>The peer that showed nothing but its key.</summary>
    public static PeerEvidence Unattested(Ed25519PublicKey key) => new(EvidenceKind.None, Bits256.Zero, key, ReadOnlyMemory<byte>.Empty);
}
