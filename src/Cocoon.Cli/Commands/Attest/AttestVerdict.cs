using System.Collections.Immutable;
using Cocoon.Attestation.Verification;

namespace Cocoon.Cli.Commands.Attest;

/// <summary>What came of verifying: every check that was made, and what has to be known besides to read them rightly.</summary>
internal sealed record AttestVerdict(string Kind, ImmutableArray<EvidenceCheck> Checks, ImmutableArray<string> Notes)
{
    public bool Passed => Checks.Length > 0 && Checks.All(check => check.Passed);
}
