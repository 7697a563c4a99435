namespace Cocoon.Attestation.Dcap;

/// <summary>Collateral from files that somebody puts into a folder, each named <see cref="DcapPlatform.FileName"/> and in <see cref="DcapCollateral"/>'s file form.</summary>
/// <param name="folder">The folder.</param>
public sealed class FolderCollateralSource(string folder) : ICollateralSource
{
    /// <inheritdoc/>
    public async Task<DcapCollateral> GetAsync(DcapPlatform platform, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(platform);
        var file = new FileInfo(Path.Combine(folder, platform.FileName));
        try
        {
            // Looked at before it is read: what is not collateral may be of any size.
            if (file.Length > DcapCollateral.MaxJsonSize)
                throw new AttestationException($"collateral check: found {file.Length} bytes in '{file.FullName}', wanted at most {DcapCollateral.MaxJsonSize}.");
            return DcapCollateral.ParseJson(await File.ReadAllBytesAsync(file.FullName, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AttestationException(
                $"collateral check: found no file '{platform.FileName}' that can be read in '{folder}', wanted the collateral for this platform; put it there.", exception);
        }
    }
}
