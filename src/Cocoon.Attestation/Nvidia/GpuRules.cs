namespace Cocoon.Attestation.Nvidia;

/// <summary>What a policy wants of a peer's GPUs.</summary>
public sealed record GpuRules
{
    /// <summary>The most GPUs that may be demanded.</summary>
    public const int MaxCount = GpuEvidence.MaxGpus;

    /// <summary>Whether a peer without evidence of GPUs is refused. Default true. Evidence that is shown is verified either way.</summary>
    public bool Required { get; init; } = true;

    /// <summary>How many GPUs at least a peer that shows any has to show, 1 to <see cref="MaxCount"/>. Default 1.</summary>
    public int MinimumCount { get; init; } = 1;

    /// <summary>What is wanted of each.</summary>
    public GpuRequirements Requirements { get; init; } = new();

    /// <summary>The folder with manifests of drivers and firmware, as full path; null for none besides those that the node finds elsewhere.</summary>
    public string? ManifestFolder { get; init; }
}
