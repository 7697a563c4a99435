using System.Security.Cryptography.X509Certificates;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Tests.Vectors;

namespace Cocoon.Attestation.Tests.Nvidia;

/// <summary>
/// The report of a real H100 and two of NVIDIA's manifests. The manifests are of an older driver and firmware than the report's, so a
/// verifier believes each of them and refuses the pair.
/// </summary>
public sealed class NvidiaVectorTests
{
    [VectorFact]
    public void The_report_of_a_real_GPU_is_believed()
    {
        var report = NvidiaVectors.Verifier.Verify(NvidiaVectors.Evidence, NvidiaVectors.Nonce, NvidiaVectors.Driver, NvidiaVectors.Vbios, NvidiaVectors.Now);
        report.Checks.TakeWhile(check => check.Passed).Select(check => check.Name).ShouldContain("report signature");
        report.FirstFailure.ShouldBe(
            "driver manifest version check: found 545.00, wanted 550.90.07, which the GPU's report names; fetch the manifest of that version from NVIDIA.");
        report.Checks.Single(check => check.Name == "firmware id").Passed.ShouldBeTrue();
        report.Checks.Single(check => check.Name == "driver manifest signature").Passed.ShouldBeTrue();
    }

    [VectorFact]
    public void What_a_real_report_says_is_read()
    {
        var report = GpuReport.Parse(NvidiaVectors.Evidence.Report);
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
        foreach (var (manifest, version, active) in new[] { (NvidiaVectors.Driver, "545.00", 21), (NvidiaVectors.Vbios, "96.00.5E.00.01", 12) })
        {
            manifest.Version.ShouldBe(version);
            manifest.Product.ShouldBe("GH100");
            manifest.Measurements.Length.ShouldBe(64);
            manifest.Measurements.Count(measurement => measurement.IsActive).ShouldBe(active);
            NvidiaVectors.Verifier.Verify(NvidiaVectors.Evidence, NvidiaVectors.Nonce, manifest, manifest, NvidiaVectors.Now).Checks.Single(check => check.Name == "driver manifest signature").Passed.ShouldBeTrue(version);
            // Its signer's certificate ended in June 2025.
            NvidiaVectors.Verifier.Verify(NvidiaVectors.Evidence, NvidiaVectors.Nonce, manifest, manifest, NvidiaVectors.Now.AddYears(1)).FirstFailure!.ShouldStartWith("driver manifest validity check: found 2025-09-01");
        }
    }

    [VectorFact]
    public void Negative_wrong_nonce_of_a_real_GPU_report()
    {
        NvidiaVectors.Verifier.Verify(NvidiaVectors.Evidence, new byte[32], NvidiaVectors.Driver, NvidiaVectors.Vbios, NvidiaVectors.Now).FirstFailure!.ShouldStartWith("nonce check: found 931d8dd0");
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
}
