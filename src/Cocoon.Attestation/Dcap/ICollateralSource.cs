namespace Cocoon.Attestation.Dcap;

/// <summary>Where collateral comes from. Used by several callers at once.</summary>
public interface ICollateralSource
{
    /// <summary>The collateral for a kind of platform, as it came: nothing in it has been verified.</summary>
    /// <exception cref="AttestationException">There is none to be had now.</exception>
    Task<DcapCollateral> GetAsync(DcapPlatform platform, CancellationToken cancellationToken);
}
