using Cocoon.Attestation.Verification;

namespace Cocoon.Attestation.Dcap;

/// <summary>What came of verifying a quote.</summary>
/// <param name="Report">Every check that was made.</param>
/// <param name="Evidence">What the quote proves when the report is valid; otherwise null.</param>
public sealed record QuoteVerdict(EvidenceReport Report, QuoteEvidence? Evidence);
