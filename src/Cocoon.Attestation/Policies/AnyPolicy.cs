using Cocoon.Attestation.PeerInfo;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Policies;

/// <summary>`any`: asks for no evidence. A quote that comes along is not looked at, and its peer counts as unattested.</summary>
public sealed class AnyPolicy : IEvidencePolicy
{
    /// <inheritdoc/>
    public string Name => "any";

    /// <inheritdoc/>
    public EvidenceRules Rules { get; } = new() { Name = "any" };

    /// <inheritdoc/>
    public ValueTask<PolicyVerdict> EvaluateAsync(ReadOnlyMemory<byte> quote, EvidenceBinding binding, CancellationToken cancellationToken) =>
        new(PolicyVerdict.Accept(PeerEvidence.Unattested(binding.Key)));

    /// <inheritdoc/>
    public PolicyVerdict Evaluate(AttestedPeerInfo peer) => PolicyVerdict.Accept(PeerEvidence.Unattested(peer.PublicKey));
}
