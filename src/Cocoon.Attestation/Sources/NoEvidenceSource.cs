namespace Cocoon.Attestation.Sources;

/// <summary>`none`: gives no evidence, as an application's client does.</summary>
public sealed class NoEvidenceSource : IEvidenceSource
{
    /// <inheritdoc/>
    public string Name => "none";

    /// <inheritdoc/>
    public EvidenceKind Kind => EvidenceKind.None;

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>> CreateQuoteAsync(ReadOnlyMemory<byte> reportData, CancellationToken cancellationToken) => default;
}
