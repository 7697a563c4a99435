using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Cocoon.Attestation.SevSnp;
using Cocoon.Attestation.Tests.Vectors;
using Cocoon.Attestation.Verification;

namespace Cocoon.Attestation.Tests.SevSnp;

/// <summary>
/// The report of a real Milan chip with the chain up to AMD's root. Its guest was launched with debugging allowed, so everything about it
/// is right but that.
/// </summary>
internal static class SnpVectors
{
    /// <summary>A time at which all certificates are valid.</summary>
    public static readonly DateTimeOffset Now = new(2024, 6, 1, 0, 0, 0, TimeSpan.Zero);

    public static readonly SnpVerifier Verifier = new(new SnpEndorsements(), new SnpRequirements());

    private static readonly Lazy<SnpEvidence> Loaded = new(() => SnpEvidence.Create(
        HardwareVectors.Read("sev/attestation_report.bin"), HardwareVectors.Read("sev/vcek.der"), Authorities("milan")));

    public static SnpEvidence Evidence => Loaded.Value;

    /// <summary>Verifies evidence with the report data that it has.</summary>
    public static EvidenceReport Verify(SnpEvidence evidence) => Verifier.Verify(evidence, evidence.Report.ReportData.Span, Now);

    /// <summary>AMD's intermediate and root certificates of a product line.</summary>
    public static ImmutableArray<ReadOnlyMemory<byte>> Authorities(string product)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(HardwareVectors.ReadText($"sev/ask_ark_{product}.pem"));
        return [.. certificates.Select(certificate => (ReadOnlyMemory<byte>)certificate.RawData)];
    }
}
