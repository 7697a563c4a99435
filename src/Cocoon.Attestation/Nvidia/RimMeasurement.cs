using System.Collections.Immutable;

namespace Cocoon.Attestation.Nvidia;

/// <summary>What a manifest wants at one index.</summary>
/// <param name="Index">The index, from 0.</param>
/// <param name="IsActive">Whether it counts; a manifest lists all indexes and speaks for some.</param>
/// <param name="Alternatives">The values of which one has to be found, 48 bytes each.</param>
public sealed record RimMeasurement(int Index, bool IsActive, ImmutableArray<ReadOnlyMemory<byte>> Alternatives);
