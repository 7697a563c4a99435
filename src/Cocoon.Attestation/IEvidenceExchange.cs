using System.Collections.Immutable;
using Cocoon.Attestation.Nvidia;
using Cocoon.Cryptography;

namespace Cocoon.Attestation;

/// <summary>What the two ends of an attested connection show each other once more, made for this very connection. Used by several callers at once.</summary>
public interface IEvidenceExchange
{
    /// <summary>This side's evidence for this connection.</summary>
    /// <exception cref="AttestationException">It cannot be made now.</exception>
    ValueTask<FreshEvidence> ProveAsync(CancellationToken cancellationToken);

    /// <summary>This side's evidence, with the key it has on this connection, for a nonce that somebody else chose.</summary>
    /// <exception cref="AttestationException">It cannot be made now.</exception>
    ValueTask<FreshEvidence> ProveAsync(Bits256 nonce, CancellationToken cancellationToken);

    /// <summary>Judges the peer's evidence for this connection.</summary>
    /// <returns>Null when it is good, or when nothing was asked of the peer; otherwise which check failed, what it found and what it wanted.</returns>
    ValueTask<string?> FindRefusalAsync(FreshEvidence shown, CancellationToken cancellationToken);

    /// <summary>Judges evidence that somebody made for a nonce of this side's: the peer, or one for whom the peer passes it on.</summary>
    /// <param name="shown">The evidence; hostile until proven otherwise.</param>
    /// <param name="key">The key it has to vouch for.</param>
    /// <param name="nonce">The nonce.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AttestationException">It is refused, or there was no verdict in time; the message says which check failed.</exception>
    ValueTask<PolicyVerdict> JudgeAsync(FreshEvidence shown, Ed25519PublicKey key, Bits256 nonce, CancellationToken cancellationToken);

    /// <summary>Why a peer that speaks no version with fresh evidence, and so can show none, is refused; null when it may stay.</summary>
    string? FindRefusalOfAbsence() => null;

    /// <summary>The peer's GPUs, once <see cref="FindRefusalAsync"/> has accepted them; none before, and none of a peer whose quote nobody asked for.</summary>
    ImmutableArray<AttestedGpu> PeerGpus => [];
}
