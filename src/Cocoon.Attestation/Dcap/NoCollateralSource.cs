namespace Cocoon.Attestation.Dcap;

/// <summary>Has no collateral.</summary>
internal sealed class NoCollateralSource : ICollateralSource
{
    public Task<DcapCollateral> GetAsync(DcapPlatform platform, CancellationToken cancellationToken) =>
        throw new AttestationException("collateral check: found no source of collateral, wanted one; set Collateral:Url or Collateral:Folder.");
}
