namespace Cocoon.Attestation.SevSnp;

/// <summary>Evidence with what <see cref="SnpEndorsementStore"/> found for it.</summary>
/// <param name="Evidence">The evidence, with the certificate of its key where it could be had.</param>
/// <param name="Endorsements">What to verify it with.</param>
/// <param name="Failure">Why something could not be had, a check's sentence; null when nothing is missing or nothing was looked for.</param>
public sealed record SnpEndorsed(SnpEvidence Evidence, SnpEndorsements Endorsements, string? Failure);
