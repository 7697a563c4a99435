using Cocoon.Attestation;
using Cocoon.Cryptography;

namespace Cocoon.Fuzz.Targets;

/// <summary>Evidence of connections that have none: whatever is shown but nothing is refused.</summary>
internal sealed class FuzzExchange : IEvidenceExchange
{
    public ValueTask<FreshEvidence> ProveAsync(CancellationToken cancellationToken) => new(new FreshEvidence(new byte[64], []));

    public ValueTask<FreshEvidence> ProveAsync(Bits256 nonce, CancellationToken cancellationToken) => new(new FreshEvidence(nonce.ToArray(), []));

    public ValueTask<string?> FindRefusalAsync(FreshEvidence shown, CancellationToken cancellationToken) =>
        new(shown.Quote.IsEmpty ? "quote check: found none, wanted one." : null);

    public ValueTask<PolicyVerdict> JudgeAsync(FreshEvidence shown, Ed25519PublicKey key, Bits256 nonce, CancellationToken cancellationToken) =>
        new(PolicyVerdict.Accept(PeerEvidence.Unattested(key)));
}
