namespace Cocoon.Attestation.Tests.Vectors;

/// <summary>A test that needs evidence from real hardware; skipped, saying so, where it is not at hand.</summary>
internal sealed class VectorFactAttribute : FactAttribute
{
    public VectorFactAttribute()
    {
        if (HardwareVectors.Folder is null) Skip = "Evidence from real hardware is not at hand: no shared/vectors folder above the repository.";
    }
}
