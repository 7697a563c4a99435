namespace Cocoon.Attestation.Sources;

/// <summary>`fake_tdx`: the network's stand-in for TDX, a quote that is nothing but its report data. For tests only.</summary>
public sealed class FakeTdxSource : IEvidenceSource
{
    /// <inheritdoc/>
    public string Name => "fake_tdx";

    /// <inheritdoc/>
    public EvidenceKind Kind => EvidenceKind.FakeTdx;

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>> CreateQuoteAsync(ReadOnlyMemory<byte> reportData, CancellationToken cancellationToken) =>
        new(reportData.ToArray());
}
