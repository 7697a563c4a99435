using System.Collections.Immutable;
using Cocoon.Attestation;
using Cocoon.Attestation.Facts;
using Cocoon.Attestation.Policies;
using Cocoon.Attestation.SevSnp;

namespace Cocoon.Cli.Commands.Attest;

/// <summary>An AMD SEV-SNP report, with the certificates that came with it and those that were fetched besides.</summary>
internal sealed class SnpSubject(byte[] bytes, ImmutableArray<ReadOnlyMemory<byte>> certificates) : AttestSubject
{
    public override string Kind => "sev_snp";

    public override ImmutableArray<string> Takes => ["--certificates", "--crl", "--report-data", "--key"];

    public override IEnumerable<EvidenceFact> Describe() => SnpFacts.Of(Read());

    internal override AttestVerdict Check(AttestDemands demands)
    {
        var evidence = Read();
        if (evidence.EndorsementKey.IsEmpty || evidence.Authorities.IsEmpty)
        {
            throw new FormatException(
                $"A report is verified with AMD's certificates; give those that did not come with it with --certificates FILE...: the {evidence.Report.SigningKey}'s, "
                + "the authority's (ASK or ASVK) and the root's (ARK), PEM or DER.");
        }
        var wasCompared = demands.ReportData is not null;
        var requirements = demands.Policy?.SevSnp ?? new SnpRequirements();
        if (!demands.RevocationLists.IsEmpty) requirements = requirements with { RequireRevocationList = true };
        var report = new SnpVerifier(new SnpEndorsements { RevocationLists = demands.RevocationLists }, requirements)
            .Verify(evidence, demands.ReportData ?? evidence.Report.ReportData.Span, demands.Time);
        return new AttestVerdict(
            Kind,
            [.. CheckPolicy(demands, EvidenceKind.SevSnp, SevSnpPolicy.ImageHashOf(evidence.Report)), .. ChecksOf(report, "report data", wasCompared)],
            [.. NotRevoked(demands, "AMD"), .. NotCompared("report data", wasCompared, "--report-data or --key")]);
    }

    private SnpEvidence Read() => SnpEvidence.Parse(bytes).With(certificates);
}
