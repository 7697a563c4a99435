namespace Cocoon.Attestation.Tests.Flips;

/// <summary>The tests that change every bit. They use all processors, so nothing runs beside them that might be waiting for one.</summary>
[CollectionDefinition(nameof(FlipCollection), DisableParallelization = true)]
#pragma warning disable CA1711 // It is what xunit calls a collection.
public sealed class FlipCollection;
#pragma warning restore CA1711
