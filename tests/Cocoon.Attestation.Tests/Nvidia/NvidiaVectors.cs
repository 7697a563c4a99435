using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Tests.Vectors;

namespace Cocoon.Attestation.Tests.Nvidia;

/// <summary>The report of a real H100 and two of NVIDIA's manifests, of an older driver and firmware than the report's.</summary>
internal static class NvidiaVectors
{
    /// <summary>A time at which all certificates are valid.</summary>
    public static readonly DateTimeOffset Now = new(2024, 9, 1, 0, 0, 0, TimeSpan.Zero);

    public static readonly GpuVerifier Verifier = new(new GpuRequirements());

    private static readonly Lazy<GpuEvidence> Loaded = new(() =>
        GpuEvidence.Parse(HardwareVectors.ReadText("nvidia/hopper_attestation_report.txt"), HardwareVectors.ReadText("nvidia/hopper_cert_chain.txt")));

    private static readonly Lazy<RimFile> LoadedDriver = new(() => RimFile.Parse(ReadManifest("driver")));
    private static readonly Lazy<RimFile> LoadedVbios = new(() => RimFile.Parse(ReadManifest("vbios")));

    /// <summary>What the GPU was asked with.</summary>
    public static byte[] Nonce { get; } = Convert.FromHexString("931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb");

    public static GpuEvidence Evidence => Loaded.Value;

    public static RimFile Driver => LoadedDriver.Value;

    public static RimFile Vbios => LoadedVbios.Value;

    /// <summary>A manifest, "driver" or "vbios".</summary>
    public static byte[] ReadManifest(string name) => HardwareVectors.Read($"nvidia/{name}_rim_test.swidtag");
}
