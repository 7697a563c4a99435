namespace Cocoon.Attestation;

/// <summary>Makes evidence that a key is held by what runs here. Chosen by name; used by several connections at once.</summary>
public interface IEvidenceSource
{
    /// <summary>The name in configuration.</summary>
    string Name { get; }

    /// <summary>The kind of evidence made.</summary>
    EvidenceKind Kind { get; }

    /// <summary>Makes a quote over <see cref="EvidenceBinding.ReportData"/>, at most 32768 bytes. Empty when this source has none to give.</summary>
    /// <param name="reportData">What the quote has to cover, <see cref="TeeMeasurements.ReportDataSize"/> bytes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AttestationException">The evidence cannot be made now.</exception>
    ValueTask<ReadOnlyMemory<byte>> CreateQuoteAsync(ReadOnlyMemory<byte> reportData, CancellationToken cancellationToken);
}
