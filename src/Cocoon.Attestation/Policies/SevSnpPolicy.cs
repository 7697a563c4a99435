using System.Collections.Immutable;
using Cocoon.Attestation.SevSnp;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Policies;

/// <summary>`sev_snp`: demands evidence of a guest that AMD SEV-SNP keeps from its host.</summary>
/// <remarks>
/// The network's own rules know TDX and SGX only. The image hash of an AMD guest is made as an enclave's is: SHA-256 of its launch
/// measurement and 64 zero bytes. A launch measurement covers the firmware and what the firmware was given to check the rest with, so an
/// image has to be built such that it does.
/// </remarks>
/// <param name="endorsements">What AMD publishes, and its roots. Where it has a source, AMD's revocation list is demanded whatever the requirements say.</param>
/// <param name="requirements">What is wanted of the guest.</param>
/// <param name="allowedImages">The image hashes accepted; empty accepts every image.</param>
/// <param name="time">The clock that certificates and revocation lists are held against.</param>
public sealed class SevSnpPolicy(SnpEndorsementStore endorsements, SnpRequirements requirements, ImageAllowList allowedImages, TimeProvider time) : IEvidencePolicy
{
    // Whoever says where the list is to be had wants it obeyed, also on the day on which it cannot be had.
    private readonly SnpRequirements _requirements = endorsements.HasSource ? requirements with { RequireRevocationList = true } : requirements;

    /// <inheritdoc/>
    public string Name => "sev_snp";

    /// <summary>The image hash of a report.</summary>
    public static Bits256 ImageHashOf(SnpReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return Bits256.Sha256([.. report.Measurement.Span, .. new byte[TeeMeasurements.ReportDataSize]]);
    }

    /// <inheritdoc/>
    public async ValueTask<PolicyVerdict> EvaluateAsync(ReadOnlyMemory<byte> quote, EvidenceBinding binding, CancellationToken cancellationToken)
    {
        if (quote.IsEmpty)
            return PolicyVerdict.Refuse("quote check: the certificate carries no quote, wanted a report of AMD SEV-SNP; run the peer in such a guest with Evidence sev_snp.");
        var evidence = quote.ToArray();
        SnpEvidence came;
        SnpEndorsed endorsed;
        try
        {
            came = SnpEvidence.Parse(evidence);
            endorsed = await endorsements.CompleteAsync(came, cancellationToken).ConfigureAwait(false);
        }
        catch (AttestationException exception)
        {
            return PolicyVerdict.Refuse($"report format check: {exception.Message}");
        }
        var report = new SnpVerifier(endorsed.Endorsements, _requirements).Verify(endorsed.Evidence, binding.ReportData.Span, time.GetUtcNow());
        if (!report.IsValid)
        {
            return endorsed.Failure is { } missing
                ? PolicyVerdict.Refuse($"{report.FirstFailure} {missing}") with { IsLocal = true }
                : PolicyVerdict.Refuse(report.FirstFailure!);
        }
        var imageHash = ImageHashOf(endorsed.Evidence.Report);
        return allowedImages.FindRefusal(imageHash) is { } refusal
            ? PolicyVerdict.Refuse(refusal)
            : PolicyVerdict.Accept(new PeerEvidence(EvidenceKind.SevSnp, imageHash, binding.Key, evidence) { ValidUntil = report.ValidUntil }) with
            {
                Basis = new VerdictBasis(report.Checks) { Certificates = FindAdded(came, endorsed) },
            };
    }

    // What AMD's service gave and the report did not bring.
    private static ImmutableArray<ReadOnlyMemory<byte>> FindAdded(SnpEvidence came, SnpEndorsed endorsed) =>
        [.. came.EndorsementKey.IsEmpty ? [endorsed.Evidence.EndorsementKey] : Array.Empty<ReadOnlyMemory<byte>>(), .. endorsed.Endorsements.Authorities];
}
