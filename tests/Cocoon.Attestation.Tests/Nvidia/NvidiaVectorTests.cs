using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Tests.Vectors;

namespace Cocoon.Attestation.Tests.Nvidia;

/// <summary>
/// The report of a real H100 and two of NVIDIA's manifests. The manifests are of an older driver and firmware than the report's, so a
/// verifier believes each of them and refuses the pair.
/// </summary>
public sealed class NvidiaVectorTests
{
    private static readonly DateTimeOffset Now = new(2024, 9, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Nonce = Convert.FromHexString("931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb");
    private static readonly GpuVerifier Verifier = new(new GpuRequirements());
    private static readonly ConcurrentDictionary<string, RimFile> Manifests = [];

    [VectorFact]
    public void The_report_of_a_real_GPU_is_believed()
    {
        var report = Verify(Load());
        report.Checks.TakeWhile(check => check.Passed).Select(check => check.Name).ShouldContain("report signature");
        report.FirstFailure.ShouldBe(
            "driver manifest version check: found 545.00, wanted 550.90.07, which the GPU's report names; fetch the manifest of that version from NVIDIA.");
        report.Checks.Single(check => check.Name == "firmware id").Passed.ShouldBeTrue();
        report.Checks.Single(check => check.Name == "driver manifest signature").Passed.ShouldBeTrue();
    }

    [VectorFact]
    public void What_a_real_report_says_is_read()
    {
        var report = GpuReport.Parse(Load().Report);
        report.DriverVersion.ShouldBe("550.90.07");
        report.VbiosVersion.ShouldBe("96.00.9F.00.01");
        report.VbiosManifestName.ShouldBe("NV_GPU_VBIOS_1010_0200_882_96009F0001");
        report.Measurements.Keys.ShouldBe(Enumerable.Range(0, 64));
        report.FirmwareId.Length.ShouldBe(48);
        report.IsVideoDecoderOff.ShouldBeTrue();
    }

    [VectorFact]
    public void Nvidias_manifests_are_believed_at_their_time()
    {
        foreach (var (file, version, active) in new[] { ("driver", "545.00", 21), ("vbios", "96.00.5E.00.01", 12) })
        {
            var manifest = Manifest(file);
            manifest.Version.ShouldBe(version);
            manifest.Product.ShouldBe("GH100");
            manifest.Measurements.Length.ShouldBe(64);
            manifest.Measurements.Count(measurement => measurement.IsActive).ShouldBe(active);
            Verifier.Verify(Load(), Nonce, manifest, manifest, Now).Checks.Single(check => check.Name == "driver manifest signature").Passed.ShouldBeTrue(file);
            // Its signer's certificate ended in June 2025.
            Verifier.Verify(Load(), Nonce, manifest, manifest, Now.AddYears(1)).FirstFailure!.ShouldStartWith("driver manifest validity check: found 2025-09-01");
        }
    }

    [VectorFact]
    public void No_bit_of_a_real_report_can_be_changed()
    {
        var evidence = Load();
        var original = evidence.Report.ToArray();
        var believed = new List<int>();
        for (var index = 0; index < original.Length; index++)
        {
            var changed = original.ToArray();
            changed[index] ^= (byte)(1 << (index % 8));
            var nonce = index is >= 4 and < 36 ? changed[4..36] : Nonce;
            if (IsReportBelieved(Verifier.Verify(evidence with { Report = changed }, nonce, Manifest("driver"), Manifest("vbios"), Now))) believed.Add(index);
        }
        believed.ShouldBeEmpty();
        IsReportBelieved(Verify(evidence)).ShouldBeTrue();
    }

    [VectorFact]
    public void No_bit_of_a_real_chain_can_be_changed()
    {
        var evidence = Load();
        var believed = new List<string>();
        // The root stands for itself only by its key.
        for (var certificate = 0; certificate < evidence.Certificates.Length; certificate++)
        {
            for (var index = 0; index < evidence.Certificates[certificate].Length; index++)
            {
                var changed = evidence.Certificates[certificate].ToArray();
                changed[index] ^= (byte)(1 << (index % 8));
                if (IsReportBelieved(Verify(evidence with { Certificates = evidence.Certificates.SetItem(certificate, changed) }))) believed.Add($"{certificate}: {index}");
            }
        }
        believed.ShouldBeEmpty();
    }

    [VectorFact]
    public void No_character_of_a_real_manifest_can_be_changed()
    {
        var xml = HardwareVectors.Read("nvidia/vbios_rim_test.swidtag");
        var text = Encoding.UTF8.GetString(xml);
        var signed = text.IndexOf("<ds:KeyInfo>", StringComparison.Ordinal);
        var believed = new List<int>();
        var key = X509CertificateLoader.LoadCertificate(new RimSignature(RimFile.Parse(xml)).Certificates[0].Span).PublicKey.ExportSubjectPublicKeyInfo();
        new RimSignature(RimFile.Parse(xml)).IsBy(key).ShouldBeTrue();
        // Every character of the shorter parts and each fifth of the long list of hashes.
        for (var index = 0; index < signed; index += index is > 2500 and < 14000 ? 5 : 1)
        {
            var changed = xml.ToArray();
            changed[index] ^= (byte)(1 << (index % 7));
            try
            {
                if (new RimSignature(RimFile.Parse(changed)).IsBy(key)) believed.Add(index);
            }
            catch (AttestationException)
            {
                continue;
            }
        }
        // Space between attributes and inside Base64 means nothing to XML, so such a change changes nothing.
        believed.Where(index => !char.IsWhiteSpace(text[index])).ShouldBeEmpty();
    }

    [VectorFact]
    public void Another_nonce_is_refused()
    {
        Verifier.Verify(Load(), new byte[32], Manifest("driver"), Manifest("vbios"), Now).FirstFailure!.ShouldStartWith("nonce check: found 931d8dd0");
    }

    [VectorFact]
    public void Nvidias_published_roots_are_the_embedded_keys()
    {
        NvidiaRoots.Devices.PublicKeyInfo.ToArray().ShouldBe(KeyOf("device_root"));
        NvidiaRoots.Manifests.PublicKeyInfo.ToArray().ShouldBe(KeyOf("rim_root"));

        static byte[] KeyOf(string file)
        {
            using var root = X509Certificate2.CreateFromPem(HardwareVectors.ReadText($"nvidia/{file}.pem"));
            return root.PublicKey.ExportSubjectPublicKeyInfo();
        }
    }

    private static bool IsReportBelieved(Attestation.Verification.EvidenceReport report) => report.Checks.Any(check => check.Name == "driver manifest issuer");

    private static Attestation.Verification.EvidenceReport Verify(GpuEvidence evidence) => Verifier.Verify(evidence, Nonce, Manifest("driver"), Manifest("vbios"), Now);

    private static GpuEvidence Load() =>
        GpuEvidence.Parse(HardwareVectors.ReadText("nvidia/hopper_attestation_report.txt"), HardwareVectors.ReadText("nvidia/hopper_cert_chain.txt"));

    private static RimFile Manifest(string name) => Manifests.GetOrAdd(name, static name => RimFile.Parse(HardwareVectors.Read($"nvidia/{name}_rim_test.swidtag")));
}
