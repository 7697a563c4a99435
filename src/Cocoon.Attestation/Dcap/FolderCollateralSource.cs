using Cocoon.Attestation.Vendors;

namespace Cocoon.Attestation.Dcap;

/// <summary>Collateral from files that somebody puts into a folder, each named <see cref="DcapPlatform.FileName"/> and in <see cref="DcapCollateral"/>'s file form.</summary>
/// <param name="folder">The folder.</param>
public sealed class FolderCollateralSource(string folder) : ICollateralSource
{
    /// <inheritdoc/>
    public async Task<DcapCollateral> GetAsync(DcapPlatform platform, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(platform);
        return DcapCollateral.ParseJson(await KeptFile.ReadAsync(folder, platform.FileName, DcapCollateral.MaxJsonSize, cancellationToken).ConfigureAwait(false));
    }
}
