using System.Collections.Immutable;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Verification;

namespace Cocoon.Attestation;

/// <summary>What a verdict on evidence rests on: with it and the evidence anybody can make the checks again.</summary>
/// <param name="Checks">Every check that was made, in order.</param>
public sealed record VerdictBasis(ImmutableArray<EvidenceCheck> Checks)
{
    /// <summary>What Intel publishes about the platform; null for other evidence.</summary>
    public DcapCollateral? Collateral { get; init; }

    /// <summary>AMD's certificates that did not come with a report, DER.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Certificates { get; init; } = [];
}
