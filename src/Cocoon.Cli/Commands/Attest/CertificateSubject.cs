using System.Collections.Immutable;
using Cocoon.Attestation;
using Cocoon.Attestation.Certificates;
using Cocoon.Attestation.Facts;
using Cocoon.Attestation.Policies;
using Cocoon.Attestation.Verification;

namespace Cocoon.Cli.Commands.Attest;

/// <summary>A certificate of a Cocoon node, and the evidence in it.</summary>
internal sealed class CertificateSubject(AttestedCertificate certificate, AttestSubject? evidence) : AttestSubject
{
    private static readonly CertificateRole[] Roles = [CertificateRole.Server, CertificateRole.Client];

    public override string Kind => evidence?.Kind ?? "none";

    public override ImmutableArray<string> Takes => evidence?.Takes ?? [];

    public override IEnumerable<EvidenceFact> Describe()
    {
        var bound = TeeMeasurements.ReportDataOf(certificate.PublicKey);
        var facts = evidence?.Describe().ToArray() ?? [];
        var reportData = facts.FirstOrDefault(fact => fact.Name == "report data")?.Value;
        return
        [
            new("certificate key", certificate.PublicKey.ToString()),
            new("certificate validity", $"{certificate.NotBefore:u} to {certificate.NotAfter:u}"),
            new("evidence", evidence is null ? "none" : $"{certificate.Quote.Length} bytes"),
            .. reportData is null
                ? Array.Empty<EvidenceFact>()
                : [new("key binding", reportData == Convert.ToHexStringLower(bound) ? "the report data is the SHA-512 of the key" : "the report data is not the SHA-512 of the key")],
            .. facts,
        ];
    }

    internal override AttestVerdict Check(AttestDemands demands)
    {
        var verdict = evidence?.Check(demands with { ReportData = demands.ReportData ?? TeeMeasurements.ReportDataOf(certificate.PublicKey) })
            ?? new AttestVerdict(Kind, [new EvidenceCheck("evidence", false, "none", "a quote over the certificate's key", "start the peer with a source of evidence")], []);
        return verdict with { Checks = verdict.Checks.Insert(0, CheckCertificate(demands)) };
    }

    // A node shows one certificate whichever side it is on; one that may be shown on either is good.
    private EvidenceCheck CheckCertificate(AttestDemands demands)
    {
        var limits = new CertificateLimits(new AttestedTlsOptions().ClockTolerance, demands.Policy?.MaxCertificateLifetime ?? EvidenceRules.DefaultCertificateLifetime);
        var refusals = Roles.Select(role => certificate.FindRefusal(role, demands.Time, limits)).ToArray();
        const string Wanted = "one that a node may show at this time";
        return refusals.Contains(null)
            ? new EvidenceCheck("certificate", true, Wanted, Wanted)
            : new EvidenceCheck("certificate", false, refusals[0]!.TrimEnd('.'), Wanted);
    }
}
