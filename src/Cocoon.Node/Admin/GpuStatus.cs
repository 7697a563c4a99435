using Cocoon.Attestation.Nvidia;

namespace Cocoon.Node.Admin;

/// <summary>What the status says of a peer's GPU.</summary>
/// <param name="Name">What names it, hexadecimal: <see cref="GpuBinding.DeviceOf"/>.</param>
/// <param name="Model">What its certificate calls it.</param>
/// <param name="Driver">The version of its driver.</param>
/// <param name="Vbios">The version of its firmware.</param>
public sealed record GpuStatus(string Name, string Model, string Driver, string Vbios)
{
    /// <summary>That of each.</summary>
    public static IEnumerable<GpuStatus> Of(IEnumerable<AttestedGpu> gpus) =>
        gpus.Select(gpu => new GpuStatus(gpu.Name.ToString(), gpu.Model, gpu.DriverVersion, gpu.VbiosVersion));
}
