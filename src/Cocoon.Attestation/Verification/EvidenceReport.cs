using System.Collections.Immutable;

namespace Cocoon.Attestation.Verification;

/// <summary>
/// What a verifier says of one piece of evidence: every check it made, in order. A check that rests on one that failed is not made, so a
/// report with a failure may be shorter than one without.
/// </summary>
/// <param name="Kind">What was verified, such as "tdx", "sgx", "sev_snp" or "nvidia".</param>
/// <param name="Checks">The checks in the order they were made.</param>
public sealed record EvidenceReport(string Kind, ImmutableArray<EvidenceCheck> Checks)
{
    /// <summary>Whether checks were made and every one passed.</summary>
    public bool IsValid { get; } = !Checks.IsDefaultOrEmpty && Checks.All(check => check.Passed);

    /// <summary>Until when a valid report holds: the end of the first certificate or list that it rests on. Null for others, and where nothing says.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>The first check that failed, as a sentence; null when none did.</summary>
    public string? FirstFailure => Checks.IsDefaultOrEmpty ? "No check was made." : Checks.FirstOrDefault(check => !check.Passed)?.ToString();
}
