using Cocoon.Attestation.SevSnp;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Policies;

/// <summary>`sev_snp`: demands evidence of a guest that AMD SEV-SNP keeps from its host.</summary>
/// <remarks>
/// The network's own rules know TDX and SGX only. The image hash of an AMD guest is made as an enclave's is: SHA-256 of its launch
/// measurement and 64 zero bytes. A launch measurement covers the firmware and what the firmware was given to check the rest with, so an
/// image has to be built such that it does.
/// </remarks>
/// <param name="verifier">What is trusted and wanted.</param>
/// <param name="allowedImages">The image hashes accepted; empty accepts every image.</param>
/// <param name="time">The clock that certificates and revocation lists are held against.</param>
public sealed class SevSnpPolicy(SnpVerifier verifier, ImageAllowList allowedImages, TimeProvider time) : IEvidencePolicy
{
    /// <inheritdoc/>
    public string Name => "sev_snp";

    /// <summary>The image hash of a report.</summary>
    public static Bits256 ImageHashOf(SnpReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return Bits256.Sha256([.. report.Measurement.Span, .. new byte[TeeMeasurements.ReportDataSize]]);
    }

    /// <inheritdoc/>
    public ValueTask<PolicyVerdict> EvaluateAsync(ReadOnlyMemory<byte> quote, EvidenceBinding binding, CancellationToken cancellationToken) =>
        new(Evaluate(quote, binding));

    private PolicyVerdict Evaluate(ReadOnlyMemory<byte> quote, EvidenceBinding binding)
    {
        if (quote.IsEmpty)
            return PolicyVerdict.Refuse("quote check: the certificate carries no quote, wanted a report of AMD SEV-SNP; run the peer in such a guest with Evidence sev_snp.");
        var evidence = quote.ToArray();
        var report = verifier.Verify(evidence, binding.ReportData.Span, time.GetUtcNow());
        if (!report.IsValid) return PolicyVerdict.Refuse(report.FirstFailure!);
        var imageHash = ImageHashOf(SnpReport.Parse(evidence.AsSpan(0, SnpReport.Size)));
        return allowedImages.FindRefusal(imageHash) is { } refusal
            ? PolicyVerdict.Refuse(refusal)
            : PolicyVerdict.Accept(new PeerEvidence(EvidenceKind.SevSnp, imageHash, binding.Key, evidence));
    }
}
