using System.Collections.Immutable;
using System.Security.Cryptography;
using Cocoon.Attestation;
using Cocoon.Attestation.Facts;
using Cocoon.Attestation.Verification;

namespace Cocoon.Cli.Commands.Attest;

/// <summary>The network's stand-in for a TDX quote: nothing but report data.</summary>
internal sealed class StandInSubject(byte[] reportData) : AttestSubject
{
    public override string Kind => "fake_tdx";

    public override ImmutableArray<string> Takes => ["--report-data", "--key", "--simulated"];

    public override IEnumerable<EvidenceFact> Describe() =>
    [
        new("stand-in", "for a TDX quote, without hardware; it proves nothing"),
        new("image hash", TeeMeasurements.ZeroTdx.ImageHash.ToString()),
        new("report data", Convert.ToHexStringLower(reportData)),
    ];

    internal override AttestVerdict Check(AttestDemands demands)
    {
        const string Found = "the network's stand-in for a TDX quote";
        if (!demands.Simulated && demands.Policy is null)
            return new AttestVerdict(Kind, [new EvidenceCheck("hardware", false, Found, "a quote that hardware signed", "run the peer in a TDX or SEV-SNP guest")], []);
        var checks = ImmutableArray.Create(new EvidenceCheck("stand-in", true, Found, Found)).AddRange(CheckPolicy(demands, EvidenceKind.FakeTdx, TeeMeasurements.ZeroTdx.ImageHash));
        if (demands.ReportData is { } wanted)
        {
            checks = checks.Add(new EvidenceCheck(
                "report data", CryptographicOperations.FixedTimeEquals(reportData, wanted), Convert.ToHexStringLower(reportData), Convert.ToHexStringLower(wanted)));
        }
        return new AttestVerdict(
            Kind, checks, [QuoteSubject.Simulated, .. NotCompared("report data", demands.ReportData is not null, "--report-data or --key")]);
    }
}
