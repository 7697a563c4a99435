using Cocoon.Cryptography;

namespace Cocoon.Attestation.Nvidia;

/// <summary>What is known of a peer's GPU after its evidence was verified.</summary>
/// <param name="Name">What names it: <see cref="GpuBinding.DeviceOf"/>.</param>
/// <param name="Model">The common name of its certificate, such as "GH100 A01 GSP FMC LF", at most 64 printable characters; empty where there is none.</param>
/// <param name="DriverVersion">The version of its driver, such as "550.90.07".</param>
/// <param name="VbiosVersion">The version of its firmware, such as "96.00.9F.00.01".</param>
public sealed record AttestedGpu(Bits256 Name, string Model, string DriverVersion, string VbiosVersion);
