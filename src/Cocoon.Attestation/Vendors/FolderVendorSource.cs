namespace Cocoon.Attestation.Vendors;

/// <summary>Documents from files that somebody puts into a folder, each with <see cref="VendorDocument.FileName"/>.</summary>
/// <param name="folder">The folder.</param>
public sealed class FolderVendorSource(string folder) : IVendorSource
{
    /// <inheritdoc/>
    public Task<byte[]> GetAsync(VendorDocument document, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(document);
        return KeptFile.ReadAsync(folder, document.FileName, HttpVendorSource.MaxAnswerSize, cancellationToken);
    }
}
