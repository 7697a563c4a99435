using Cocoon.Attestation.Simulation;

namespace Cocoon.Attestation.Sources;

/// <summary>
/// `simulated_tdx`: quotes of the form of TDX by <see cref="PublicSimulation"/>, over files that are measured once, with the first quote. For tests only.
/// </summary>
/// <param name="files">What <see cref="SimulatedImage.Measure"/> measures.</param>
public sealed class SimulatedTdxSource(IReadOnlyList<string> files) : IEvidenceSource
{
    private readonly Lazy<SimulatedGuest> _guest = new(
        () => new SimulatedGuest { Measurements = SimulatedImage.Measure(files) }, LazyThreadSafetyMode.PublicationOnly);

    /// <inheritdoc/>
    public string Name => "simulated_tdx";

    /// <inheritdoc/>
    public EvidenceKind Kind => EvidenceKind.SimulatedTdx;

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>> CreateQuoteAsync(ReadOnlyMemory<byte> reportData, CancellationToken cancellationToken) =>
        new(PublicSimulation.Tee.CreateQuote(_guest.Value, reportData.Span));
}
