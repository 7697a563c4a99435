namespace Cocoon.Attestation.Tests;

/// <summary>Evidence as a test makes it.</summary>
internal sealed class DelegatedSource(Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask<ReadOnlyMemory<byte>>> create) : IEvidenceSource
{
    public string Name => "test";

    public EvidenceKind Kind => EvidenceKind.FakeTdx;

    public ValueTask<ReadOnlyMemory<byte>> CreateQuoteAsync(ReadOnlyMemory<byte> reportData, CancellationToken cancellationToken) => create(reportData, cancellationToken);
}
