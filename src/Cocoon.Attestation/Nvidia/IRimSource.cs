namespace Cocoon.Attestation.Nvidia;

/// <summary>Where reference manifests come from. Used by several callers at once.</summary>
public interface IRimSource
{
    /// <summary>A manifest by the name under which NVIDIA publishes it, such as <c>NV_GPU_DRIVER_GH100_550.90.07</c>.</summary>
    /// <param name="name">The name; it comes from evidence that nobody has vouched for yet.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The manifest, whose signature nobody has verified yet; null where there is none.</returns>
    /// <exception cref="AttestationException">There is one that cannot be read.</exception>
    ValueTask<RimFile?> FindAsync(string name, CancellationToken cancellationToken);
}
