using Cocoon.Attestation.SevSnp;
using Cocoon.Attestation.Tests.Vectors;
using System.Security.Cryptography.X509Certificates;

namespace Cocoon.Attestation.Tests.SevSnp;

/// <summary>
/// The report of a real Milan chip with the chain up to AMD's root. Its guest was launched with debugging allowed, so everything about it
/// is right but that.
/// </summary>
public sealed class SnpVectorTests
{
    private static readonly DateTimeOffset Now = new(2024, 6, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly SnpVerifier Verifier = new(new SnpEndorsements(), new SnpRequirements());

    [VectorFact]
    public void Only_the_debug_policy_speaks_against_the_report_of_a_real_chip()
    {
        var evidence = Load();
        var report = Verify(evidence);
        report.IsValid.ShouldBeFalse();
        report.FirstFailure!.ShouldStartWith("debug policy check: ");
        IsBelieved(report).ShouldBeTrue();
        report.Kind.ShouldBe("sev_snp");
        evidence.Report.Version.ShouldBe(2u);
        evidence.Report.Processor.ShouldBe("not told");
        evidence.Report.CurrentFirmware.ShouldBe("1.49.3");
        evidence.Report.Policy.AllowsSmt.ShouldBeTrue();
        evidence.Report.Vmpl.ShouldBe(0u);
        report.Checks.Single(check => check.Name == "product").Found.ShouldBe("Milan");
        report.Checks.Single(check => check.Name == "endorsement key TCB").Found.ShouldBe("boot loader 2, TEE 0, SNP 5, microcode 68, FMC 0");
    }

    [VectorFact]
    public void Evidence_survives_the_form_it_travels_in()
    {
        var bytes = Load().ToBytes();
        IsBelieved(Verifier.Verify(bytes, Load().Report.ReportData.Span, Now)).ShouldBeTrue();
        // Hosts hand out whole pages.
        IsBelieved(Verifier.Verify((byte[])[.. bytes, .. new byte[500]], Load().Report.ReportData.Span, Now)).ShouldBeTrue();
    }

    [VectorFact]
    public void A_verifier_that_knows_the_authority_needs_only_the_chips_certificate()
    {
        var evidence = SnpEvidence.Create(HardwareVectors.Read("sev/attestation_report.bin"), HardwareVectors.Read("sev/vcek.der"));
        Verify(evidence).FirstFailure!.ShouldStartWith("endorsement key issuer check: ");
        var knowing = new SnpVerifier(new SnpEndorsements { Authorities = [Authorities("milan")[0]] }, new SnpRequirements());
        IsBelieved(knowing.Verify(evidence, evidence.Report.ReportData.Span, Now)).ShouldBeTrue();
    }

    [VectorFact]
    public void No_bit_of_the_report_can_be_changed()
    {
        var original = HardwareVectors.Read("sev/attestation_report.bin");
        var reportData = original[0x50..0x90];
        var certificates = Load();
        var believed = new List<int>();
        for (var index = 0; index < original.Length; index++)
        {
            var changed = original.ToArray();
            changed[index] ^= (byte)(1 << (index % 8));
            byte[] evidence = [.. changed, .. certificates.ToBytes().AsSpan(SnpReport.Size)];
            if (IsBelieved(Verifier.Verify(evidence, index is >= 0x50 and < 0x90 ? changed[0x50..0x90] : reportData, Now))) believed.Add(index);
        }
        believed.ShouldBeEmpty();
    }

    [VectorFact]
    public void No_bit_of_the_certificates_can_be_changed()
    {
        var evidence = Load();
        var key = evidence.EndorsementKey.ToArray();
        var authority = evidence.Authorities[0].ToArray();
        var believed = new List<string>();
        for (var index = 0; index < key.Length; index++)
        {
            if (IsBelieved(Verify(SnpEvidence.Create(evidence.Report.Raw.Span, Flip(key, index), evidence.Authorities)))) believed.Add($"VCEK {index}");
        }
        for (var index = 0; index < authority.Length; index++)
        {
            if (IsBelieved(Verify(SnpEvidence.Create(evidence.Report.Raw.Span, key, [Flip(authority, index)])))) believed.Add($"ASK {index}");
        }
        believed.ShouldBeEmpty();
    }

    [VectorFact]
    public void A_root_certificate_that_is_not_whole_is_refused()
    {
        var evidence = Load();
        var root = evidence.Authorities[1].ToArray();
        // The last bytes are its signature; its key is still AMD's.
        var report = Verify(SnpEvidence.Create(evidence.Report.Raw.Span, evidence.EndorsementKey, [evidence.Authorities[0], Flip(root, root.Length - 1)]));
        report.FirstFailure!.ShouldStartWith("endorsement key root check: ");
    }

    [VectorFact]
    public void The_chain_of_another_product_line_is_refused()
    {
        foreach (var product in new[] { "genoa", "turin" })
        {
            var report = Verify(SnpEvidence.Create(HardwareVectors.Read("sev/attestation_report.bin"), HardwareVectors.Read("sev/vcek.der"), Authorities(product)));
            IsBelieved(report).ShouldBeFalse(product);
            report.FirstFailure!.ShouldContain("ARK-Milan");
        }
    }

    [VectorFact]
    public void Amds_published_roots_are_the_embedded_keys()
    {
        foreach (var product in Enum.GetValues<SnpProduct>())
        {
            using var root = X509CertificateLoader.LoadCertificate(Authorities(product.ToString().ToLowerInvariant())[1].Span);
            AmdRoots.All[product].PublicKeyInfo.ToArray().ShouldBe(root.PublicKey.ExportSubjectPublicKeyInfo(), product.ToString());
        }
    }

    [VectorFact]
    public void A_certificate_outside_its_time_is_refused()
    {
        var evidence = Load();
        foreach (var year in new[] { 2022, 2030 })
        {
            Verifier.Verify(evidence, evidence.Report.ReportData.Span, new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero))
                .FirstFailure!.ShouldStartWith($"endorsement key validity check: found {year}-01-01");
        }
    }

    private static Attestation.Verification.EvidenceReport Verify(SnpEvidence evidence) => Verifier.Verify(evidence, evidence.Report.ReportData.Span, Now);

    private static bool IsBelieved(Attestation.Verification.EvidenceReport report) =>
        report.Checks.Where(check => !check.Passed).All(check => check.Name == "debug policy") && report.Checks.Any(check => check.Name == "report signature");

    private static byte[] Flip(byte[] original, int index)
    {
        var changed = original.ToArray();
        changed[index] ^= (byte)(1 << (index % 8));
        return changed;
    }

    private static SnpEvidence Load() =>
        SnpEvidence.Create(HardwareVectors.Read("sev/attestation_report.bin"), HardwareVectors.Read("sev/vcek.der"), Authorities("milan"));

    private static System.Collections.Immutable.ImmutableArray<ReadOnlyMemory<byte>> Authorities(string product)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(HardwareVectors.ReadText($"sev/ask_ark_{product}.pem"));
        return [.. certificates.Select(certificate => (ReadOnlyMemory<byte>)certificate.RawData)];
    }
}
