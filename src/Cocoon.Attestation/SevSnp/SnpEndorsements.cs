using System.Collections.Immutable;
using Cocoon.Attestation.Chains;

namespace Cocoon.Attestation.SevSnp;

/// <summary>What a verifier knows besides the evidence: AMD's root keys, and what it fetched from AMD ahead of time.</summary>
public sealed record SnpEndorsements
{
    /// <summary>AMD's root key of each product line; another one only for tests.</summary>
    public ImmutableDictionary<SnpProduct, TrustAnchor> Roots { get; init; } = AmdRoots.All;

    /// <summary>Signing authorities (ASK, ASVK) in DER, for evidence that comes without its own.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Authorities { get; init; } = [];

    /// <summary>AMD's revocation lists.</summary>
    public ImmutableArray<RevocationList> RevocationLists { get; init; } = [];
}
