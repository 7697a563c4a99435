namespace Cocoon.Attestation.Certificates;

/// <summary>How far a peer's certificate may stray from this side's clock.</summary>
/// <param name="ClockTolerance">How far the two clocks may differ.</param>
/// <param name="MaxLifetime">
/// The longest time a certificate may be valid. A quote binds a key and no time, so this is what makes evidence age.
/// </param>
public readonly record struct CertificateLimits(TimeSpan ClockTolerance, TimeSpan MaxLifetime);
