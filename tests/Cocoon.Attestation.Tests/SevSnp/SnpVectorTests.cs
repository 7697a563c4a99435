using Cocoon.Attestation.SevSnp;
using Cocoon.Attestation.Tests.Vectors;
using System.Security.Cryptography.X509Certificates;

namespace Cocoon.Attestation.Tests.SevSnp;

/// <summary>What a verifier says of the report of a real chip.</summary>
public sealed class SnpVectorTests
{
    [VectorFact]
    public void Only_the_debug_policy_speaks_against_the_report_of_a_real_chip()
    {
        var evidence = SnpVectors.Evidence;
        var report = SnpVectors.Verify(evidence);
        report.Checks.Where(check => !check.Passed).Select(check => check.Name).ShouldBe(["debug policy"]);
        IsBelieved(report).ShouldBeTrue();
        new SnpVerifier(new SnpEndorsements(), new SnpRequirements { AllowDebug = true }).Verify(evidence, evidence.Report.ReportData.Span, SnpVectors.Now).IsValid.ShouldBeTrue();
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
        var bytes = SnpVectors.Evidence.ToBytes();
        IsBelieved(SnpVectors.Verifier.Verify(bytes, SnpVectors.Evidence.Report.ReportData.Span, SnpVectors.Now)).ShouldBeTrue();
        // Hosts hand out whole pages.
        IsBelieved(SnpVectors.Verifier.Verify((byte[])[.. bytes, .. new byte[500]], SnpVectors.Evidence.Report.ReportData.Span, SnpVectors.Now)).ShouldBeTrue();
    }

    [VectorFact]
    public void A_verifier_that_knows_the_authority_needs_only_the_chips_certificate()
    {
        var evidence = SnpEvidence.Create(HardwareVectors.Read("sev/attestation_report.bin"), HardwareVectors.Read("sev/vcek.der"));
        SnpVectors.Verify(evidence).FirstFailure!.ShouldStartWith("endorsement key issuer check: ");
        var knowing = new SnpVerifier(new SnpEndorsements { Authorities = [SnpVectors.Authorities("milan")[0]] }, new SnpRequirements());
        IsBelieved(knowing.Verify(evidence, evidence.Report.ReportData.Span, SnpVectors.Now)).ShouldBeTrue();
    }

    [VectorFact]
    public void A_root_certificate_that_is_not_whole_is_refused()
    {
        var evidence = SnpVectors.Evidence;
        var root = evidence.Authorities[1].ToArray();
        // The last bytes are its signature; its key is still AMD's.
        var report = SnpVectors.Verify(SnpEvidence.Create(evidence.Report.Raw.Span, evidence.EndorsementKey, [evidence.Authorities[0], Flip(root, root.Length - 1)]));
        report.FirstFailure!.ShouldStartWith("endorsement key root check: ");
    }

    [VectorFact]
    public void The_chain_of_another_product_line_is_refused()
    {
        foreach (var product in new[] { "genoa", "turin" })
        {
            var report = SnpVectors.Verify(SnpEvidence.Create(HardwareVectors.Read("sev/attestation_report.bin"), HardwareVectors.Read("sev/vcek.der"), SnpVectors.Authorities(product)));
            IsBelieved(report).ShouldBeFalse(product);
            report.FirstFailure!.ShouldContain("ARK-Milan");
        }
    }

    [VectorFact]
    public void Amds_published_roots_are_the_embedded_keys()
    {
        foreach (var product in Enum.GetValues<SnpProduct>())
        {
            using var root = X509CertificateLoader.LoadCertificate(SnpVectors.Authorities(product.ToString().ToLowerInvariant())[1].Span);
            AmdRoots.All[product].PublicKeyInfo.ToArray().ShouldBe(root.PublicKey.ExportSubjectPublicKeyInfo(), product.ToString());
        }
    }

    [VectorFact]
    public void A_certificate_outside_its_time_is_refused()
    {
        var evidence = SnpVectors.Evidence;
        foreach (var year in new[] { 2022, 2030 })
        {
            SnpVectors.Verifier.Verify(evidence, evidence.Report.ReportData.Span, new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero))
                .FirstFailure!.ShouldStartWith($"endorsement key validity check: found {year}-01-01");
        }
    }

    private static bool IsBelieved(Attestation.Verification.EvidenceReport report) =>
        report.Checks.Where(check => !check.Passed).All(check => check.Name == "debug policy") && report.Checks.Any(check => check.Name == "report signature");

    private static byte[] Flip(byte[] original, int index)
    {
        var changed = original.ToArray();
        changed[index] ^= (byte)(1 << (index % 8));
        return changed;
    }
}
