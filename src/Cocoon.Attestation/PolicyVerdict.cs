namespace Cocoon.Attestation;

/// <summary>What a policy says of a peer: exactly one of the two is there.</summary>
/// <param name="Evidence">What the peer proved, when it is accepted.</param>
/// <param name="Refusal">Otherwise which check failed, what it found and what it wanted.</param>
public readonly record struct PolicyVerdict(PeerEvidence? Evidence, string? Refusal)
{
    /// <summary>What an acceptance rests on, so that others can judge for themselves; null where there is nothing to judge.</summary>
    public VerdictBasis? Basis { get; init; }

    /// <summary>Whether the refusal is about what this side could not have, such as collateral: it may tell of folders and addresses, and is not for the peer.</summary>
    public bool IsLocal { get; init; }

    /// <summary>The peer is accepted.</summary>
    public static PolicyVerdict Accept(PeerEvidence evidence) => new(evidence, null);

    /// <summary>The peer is refused.</summary>
    public static PolicyVerdict Refuse(string reason) => new(null, reason);
}
