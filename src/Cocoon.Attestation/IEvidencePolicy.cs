using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.PeerInfo;
using Cocoon.Attestation.Policies;

namespace Cocoon.Attestation;

/// <summary>Decides which evidence is enough. Chosen by name; used by several connections at once.</summary>
/// <remarks>
/// It is asked when the handshake is done and before anybody gets the connection, so the peer has proved by then that it holds the key. It may
/// fetch what it needs to judge (collateral, revocation lists), within the time that <see cref="AttestedTlsOptions.EvidenceTimeout"/> grants.
/// </remarks>
public interface IEvidencePolicy
{
    /// <summary>The name in configuration.</summary>
    string Name { get; }

    /// <summary>What it wants; a policy that says nothing of it counts as one that wants nothing.</summary>
    EvidenceRules Rules => new() { Name = Name };

    /// <summary>What is wanted of a peer's GPUs; null for nothing.</summary>
    GpuRules? Gpu => Rules.Gpu;

    /// <summary>Whether evidence has to be made for the connection.</summary>
    FreshnessRule Freshness => Rules.Freshness;

    /// <summary>Judges a quote, one that came with a certificate or one that was made for an occasion.</summary>
    /// <param name="quote">The quote; hostile until proven otherwise, at most 32768 bytes, empty when there is none.</param>
    /// <param name="binding">What the quote has to vouch for.</param>
    /// <param name="cancellationToken">The time is over, or the connection.</param>
    ValueTask<PolicyVerdict> EvaluateAsync(ReadOnlyMemory<byte> quote, EvidenceBinding binding, CancellationToken cancellationToken);

    /// <summary>Judges what this machine's router verified of a peer and tells of it. A policy that says nothing about it refuses.</summary>
    /// <param name="peer">The router's frame; its signature and chain are the router's to check, so only what it tells is judged here.</param>
    PolicyVerdict Evaluate(AttestedPeerInfo peer) => PolicyVerdict.Refuse("router check: this policy takes no router's word; use Transport 'attested_tls'.");
}
