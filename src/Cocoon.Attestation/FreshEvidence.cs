using System.Collections.Immutable;
using Cocoon.Attestation.Nvidia;

namespace Cocoon.Attestation;

/// <summary>Evidence that was made for one occasion (<see cref="EvidenceBinding"/>) and proves nothing on another.</summary>
/// <param name="Quote">The quote, at most 32768 bytes; empty from who has none.</param>
/// <param name="Gpus">The evidence of the GPUs that work with the machine.</param>
public sealed record FreshEvidence(ReadOnlyMemory<byte> Quote, ImmutableArray<GpuEvidence> Gpus);
