using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Dcap;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Simulation;

/// <summary>The one simulated platform that every node of a test network can be: its seed stands here, so anybody can make its quotes.</summary>
public static class PublicSimulation
{
    private static readonly TimeSpan CertificateLifetime = TimeSpan.FromDays(20 * 365);

    // Certificates are of one date for all: which process began earlier must not matter. Only collateral follows the clock.
    private static readonly SimulatedPlatform Platform = new("Cocoon's simulated TEE, whose keys everybody has", new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
        PckLifetime = CertificateLifetime,
        AuthorityLifetime = CertificateLifetime,
    };

    /// <summary>The platform; it makes quotes. Its own collateral is old.</summary>
    public static SimulatedTee Tee { get; } = new(Platform);

    /// <summary>The root that stands behind its quotes and its collateral.</summary>
    public static TrustAnchor Anchor => Tee.Anchor;

    /// <summary>That root's id (see <see cref="IntelRoots.KeyIdOf"/>).</summary>
    public static Bits384 RootKeyId { get; } = IntelRoots.KeyIdOf(Tee.Anchor);

    /// <summary>What is published about the platform at a time: issued at the beginning of that day, UTC, and good for 30 days.</summary>
    public static DcapCollateral CollateralAt(DateTimeOffset time)
    {
        using var tee = new SimulatedTee(Platform with { CollateralIssuedAt = new DateTimeOffset(time.UtcDateTime.Date, TimeSpan.Zero) });
        return tee.Collateral;
    }
}
