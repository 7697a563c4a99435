using System.Collections.Immutable;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.SevSnp;

namespace Cocoon.Attestation.Facts;

/// <summary>Puts AMD SEV-SNP reports into words.</summary>
public static class SnpFacts
{
    /// <summary>Says what a report says, and which certificates came with it.</summary>
    /// <param name="evidence">The report and its certificates; nothing in it has been verified.</param>
    public static ImmutableArray<EvidenceFact> Of(SnpEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        var report = evidence.Report;
        var product = report.Product ?? FindProduct(evidence.EndorsementKey);
        var facts = new FactList();
        facts.Add("report version", report.Version);
        facts.Add("product", product?.ToString() ?? "not told");
        facts.Add("processor", report.Processor);
        facts.Add("measurement", report.Measurement.Span);
        facts.Add("host data", report.HostData.Span);
        facts.Add("id key digest", report.IdKeyDigest.Span);
        facts.Add("guest version", report.GuestSvn);
        facts.Add("guest policy", $"{report.Policy}: {Describe(report.Policy)}");
        facts.Add("VMPL", report.Vmpl);
        facts.Add("report data", report.ReportData.Span);
        facts.Add("chip id", report.IsChipMasked ? "masked by the host" : Convert.ToHexStringLower(report.ChipId.Span));
        facts.Add("signing key", report.SigningKey.ToString());
        facts.Add("current firmware", report.CurrentFirmware);
        facts.Add("committed firmware", report.CommittedFirmware);
        facts.Add("reported TCB", Describe(report.RawReportedTcb, product));
        facts.Add("committed TCB", Describe(report.RawCommittedTcb, product));
        facts.Add("current TCB", Describe(report.RawCurrentTcb, product));
        facts.Add("launch TCB", Describe(report.RawLaunchTcb, product));
        facts.AddCertificate("endorsement key", evidence.EndorsementKey);
        foreach (var authority in evidence.Authorities) facts.AddCertificate("authority", authority);
        return facts.ToImmutable();
    }

    // Reports of version 2 do not name their chip; its certificate does.
    private static SnpProduct? FindProduct(ReadOnlyMemory<byte> endorsementKey)
    {
        try
        {
            return endorsementKey.IsEmpty ? null : SnpKeyExtensions.FindProduct(SnpKeyExtensions.FindProductName(ChainCertificate.Parse(endorsementKey)) ?? "");
        }
        catch (AttestationException)
        {
            return null;
        }
    }

    private static string Describe(SnpGuestPolicy policy) => string.Join(
        "; ",
        policy.AllowsDebug ? "debugging allowed, the host can read its memory" : "no debugging",
        policy.AllowsMigration ? "migration agents allowed" : "no migration agents",
        policy.AllowsSmt ? "SMT allowed" : "no SMT",
        policy.RequiresSingleSocket ? "one socket only" : "any number of sockets",
        policy.AllowsCxl ? "CXL allowed" : "no CXL",
        policy.IsKnown ? "no bit unknown" : "bits that are not known here");

    private static string Describe(ReadOnlySpan<byte> tcb, SnpProduct? product) =>
        product is { } known && SnpTcb.Read(tcb, known) is { } read ? read.ToString() : Convert.ToHexStringLower(tcb);
}
