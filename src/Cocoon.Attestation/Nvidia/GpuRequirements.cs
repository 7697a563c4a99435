using System.Collections.Immutable;
using Cocoon.Attestation.Chains;

namespace Cocoon.Attestation.Nvidia;

/// <summary>What a verifier of GPUs trusts and wants.</summary>
public sealed record GpuRequirements
{
    /// <summary>The root of devices' keys; another than NVIDIA's only for tests.</summary>
    public TrustAnchor DeviceRoot { get; init; } = NvidiaRoots.Devices;

    /// <summary>The root of the keys that sign manifests; another than NVIDIA's only for tests.</summary>
    public TrustAnchor ManifestRoot { get; init; } = NvidiaRoots.Manifests;

    /// <summary>NVIDIA's revocation lists, of devices' authorities and manifests' alike; one that is here is obeyed.</summary>
    public ImmutableArray<RevocationList> RevocationLists { get; init; } = [];

    /// <summary>
    /// Whether every authority needs a revocation list of its issuer, where the issuer publishes any: some of NVIDIA's only answer OCSP, which is not asked.
    /// Default false.
    /// </summary>
    public bool RequireRevocationLists { get; init; }

    /// <summary>
    /// Whether a GPU counts whose driver or firmware has no manifest at hand: then nothing says what its measurements should be. Default false.
    /// </summary>
    public bool AllowUnknownFirmware { get; init; }

    /// <summary>The driver versions that are accepted; empty accepts all that have a manifest.</summary>
    public ImmutableArray<string> DriverVersions { get; init; } = [];

    /// <summary>The firmware versions that are accepted; empty accepts all that have a manifest.</summary>
    public ImmutableArray<string> VbiosVersions { get; init; } = [];
}
