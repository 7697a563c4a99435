using System.Collections.Immutable;
using Cocoon.Attestation.Chains;

namespace Cocoon.Attestation.Nvidia;

/// <summary>What NVIDIA publishes about one GPU's driver and firmware, as far as it could be had.</summary>
/// <param name="Driver">The manifest of the driver that the GPU's report names; null when it could not be had.</param>
/// <param name="Vbios">The manifest of the firmware that it names; null when it could not be had.</param>
/// <param name="RevocationLists">The revocation lists at hand, of whichever authorities.</param>
/// <param name="Failure">Why something could not be had, a check's sentence; null when nothing is missing.</param>
public sealed record GpuEndorsements(RimFile? Driver, RimFile? Vbios, ImmutableArray<RevocationList> RevocationLists, string? Failure);
