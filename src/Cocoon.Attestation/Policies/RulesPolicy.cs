using System.Collections.Frozen;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.PeerInfo;
using Cocoon.Attestation.Simulation;

namespace Cocoon.Attestation.Policies;

/// <summary>Accepts several kinds of evidence: each is judged by the policy of its kind.</summary>
/// <param name="rules">What is wanted.</param>
/// <param name="policies">The policy of each kind that the rules accept.</param>
public sealed class RulesPolicy(EvidenceRules rules, IReadOnlyDictionary<EvidenceKind, IEvidencePolicy> policies) : IEvidencePolicy
{
    private readonly FrozenDictionary<EvidenceKind, IEvidencePolicy> _policies = policies.ToFrozenDictionary();

    /// <summary>The name, or that of the file without its folder: refusals are told to peers, and where files lie is nothing for them.</summary>
    public string Name { get; } = Path.GetFileName(rules.Name);

    /// <inheritdoc/>
    public EvidenceRules Rules => rules;

    /// <inheritdoc/>
    public ValueTask<PolicyVerdict> EvaluateAsync(ReadOnlyMemory<byte> quote, EvidenceBinding binding, CancellationToken cancellationToken) =>
        Find(quote.Span) is { } policy
            ? policy.EvaluateAsync(quote, binding, cancellationToken)
            : new(PolicyVerdict.Refuse(
                $"kind check: found {EvidenceForms.Of(quote.Span).Describe()}, wanted {rules.KindNames}; start the peer with such a source of evidence."));

    /// <inheritdoc/>
    public PolicyVerdict Evaluate(AttestedPeerInfo peer) =>
        (Only ?? _policies.GetValueOrDefault(peer.Kind)) is { } policy
            ? policy.Evaluate(peer)
            : PolicyVerdict.Refuse($"kind check: the router tells of a peer with evidence {peer.Kind}, wanted {rules.KindNames}.");

    // Where there is but one, its own refusals say more than that the kind is another.
    private IEvidencePolicy? Only => _policies.Count == 1 ? _policies.Values[0] : null;

    private IEvidencePolicy? Find(ReadOnlySpan<byte> quote) => Only ?? _policies.GetValueOrDefault(EvidenceForms.Of(quote) switch
    {
        EvidenceForm.StandIn => EvidenceKind.FakeTdx,
        EvidenceForm.SnpReport => EvidenceKind.SevSnp,
        EvidenceForm.Quote when IsSimulated(quote) => EvidenceKind.SimulatedTdx,
        EvidenceForm.Quote => EvidenceKind.Tdx,
        _ => EvidenceKind.None,
    });

    // The two have the same form; the root that a quote's certificates name only picks who judges it.
    private bool IsSimulated(ReadOnlySpan<byte> quote) =>
        rules.Accept(EvidenceKind.SimulatedTdx) && (!rules.Accept(EvidenceKind.Tdx) || DcapPlatform.TryRead(quote, PublicSimulation.Anchor, out _, out _));
}
