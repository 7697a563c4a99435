using Cocoon.Attestation.Vendors;

namespace Cocoon.Attestation.Nvidia;

/// <summary>Manifests from files that somebody puts into a folder, each called as NVIDIA calls it, with the ending <c>.swidtag</c>. A new one is found at once.</summary>
/// <param name="folder">The folder.</param>
public sealed class RimFolder(string folder) : IRimSource
{
    /// <inheritdoc/>
    public async ValueTask<RimFile?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var file = name + ".swidtag";
        if (!VendorDocument.IsPlainName(file) || !File.Exists(Path.Combine(folder, file))) return null;
        return RimFile.Parse(await KeptFile.ReadAsync(folder, file, RimFile.MaxSize, cancellationToken).ConfigureAwait(false));
    }
}
