using System.Text;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Tests.Chains;

namespace Cocoon.Attestation.Tests.Nvidia;

public sealed class GpuVerifierTests
{
    [Fact]
    public void A_GPU_that_measures_to_its_manifests_is_believed()
    {
        var report = new GpuForge().Verify();
        report.FirstFailure.ShouldBeNull();
        report.Checks[^1].Found.ShouldBe("5 as wanted");
    }

    [Fact]
    public void A_measurement_that_no_manifest_wants_is_refused()
    {
        var forge = new GpuForge();
        forge.Measurements[24] = GpuForge.Hash(25);
        forge.Measurements.Remove(2);
        forge.Verify().FirstFailure!.ShouldStartWith("measurements check: found others at 1, 23, wanted those of the manifests");
    }

    [Fact]
    public void Any_alternative_of_a_manifest_will_do()
    {
        var forge = new GpuForge();
        forge.Measurements[24] = GpuForge.Hash(99);
        forge.Verify().IsValid.ShouldBeTrue();
    }

    [Fact]
    public void The_measurement_of_a_decoder_that_is_off_means_nothing()
    {
        var forge = new GpuForge();
        forge.Measurements[36] = new byte[48];
        forge.Verify().IsValid.ShouldBeFalse();
        forge.VideoDecoder = 0x55;
        forge.Verify().IsValid.ShouldBeTrue();
    }

    [Fact]
    public void An_index_belongs_to_one_manifest()
    {
        var forge = new GpuForge();
        var vbios = forge.Manifest("96.00.9F.00.01", (0, [GpuForge.Hash(1)]), (7, [GpuForge.Hash(8)]));
        forge.Verify(vbios: vbios).FirstFailure!.ShouldStartWith("manifest indexes check: found both manifests at 7");
    }

    [Fact]
    public void Manifests_that_speak_for_nothing_prove_nothing()
    {
        var forge = new GpuForge();
        forge.Verify(driver: forge.Manifest("550.90.07"), vbios: forge.Manifest("96.00.9F.00.01")).IsValid.ShouldBeFalse();
    }

    [Fact]
    public void A_GPU_without_a_manifest_is_refused_unless_unknown_firmware_is_allowed()
    {
        var forge = new GpuForge();
        Verify(forge, null, forge.Vbios()).FirstFailure.ShouldBe(
            "driver manifest check: found none for 550.90.07, so nothing says what it should measure to, wanted the manifest of that version; fetch it from NVIDIA.");
        Verify(forge, forge.Driver(), null).FirstFailure!.ShouldStartWith("VBIOS manifest check: found none for 96.00.9F.00.01");

        forge.Requirements = forge.Requirements with { AllowUnknownFirmware = true };
        Verify(forge, null, null).IsValid.ShouldBeTrue();
        // What there is a manifest for is still held to it.
        Verify(forge, null, forge.Vbios()).IsValid.ShouldBeTrue();
        forge.Measurements[1] = GpuForge.Hash(50);
        Verify(forge, null, forge.Vbios()).FirstFailure!.ShouldStartWith("measurements check: found others at 0");
        Verify(forge, forge.Manifest("550.90.08", (7, [GpuForge.Hash(8)])), null).FirstFailure!.ShouldStartWith("driver manifest version check: ");

        static Attestation.Verification.EvidenceReport Verify(GpuForge forge, RimFile? driver, RimFile? vbios) =>
            new GpuVerifier(forge.Requirements).Verify(forge.Make(), GpuForge.Nonce, driver, vbios, GpuForge.Now);
    }

    [Fact]
    public void A_manifest_of_another_version_is_refused()
    {
        var forge = new GpuForge();
        forge.Verify(driver: forge.Manifest("550.90.08", (7, [GpuForge.Hash(8)]))).FirstFailure!.ShouldStartWith("driver manifest version check: found 550.90.08");
        forge.Verify(vbios: forge.Driver()).FirstFailure!.ShouldStartWith("VBIOS manifest version check: ");
    }

    [Fact]
    public void A_manifest_that_was_changed_or_signed_by_a_stranger_is_refused()
    {
        var forge = new GpuForge();
        var xml = Encoding.UTF8.GetString(forge.ManifestXml("550.90.07", null, (7, [GpuForge.Hash(8)])));
        forge.Verify(driver: RimFile.Parse(Encoding.UTF8.GetBytes(xml.Replace("index=\"7\"", "index=\"9\"", StringComparison.Ordinal))))
            .FirstFailure!.ShouldStartWith("driver manifest signature check: ");
        forge.Requirements = forge.Requirements with { ManifestRoot = new TestAuthority("another").Anchor };
        forge.Verify().FirstFailure!.ShouldStartWith("driver manifest issuer check: ");
    }

    [Fact]
    public void Negative_expired_certificate_or_revoked_certificate_of_a_manifests_signer()
    {
        var forge = new GpuForge();
        var expired = RimFile.Parse(forge.ManifestXml("550.90.07", TestAuthority.Start.AddDays(1), (7, [GpuForge.Hash(8)])));
        forge.Verify(driver: expired).FirstFailure!.ShouldStartWith("driver manifest validity check: ");
        forge = new GpuForge();
        var driver = forge.Driver();
        // The root's own certificate has serial number 1, the signer's 2.
        forge.Requirements = forge.Requirements with { RevocationLists = [forge.ManifestRoot.Revoke(2)] };
        forge.Verify(driver: driver).FirstFailure!.ShouldStartWith("driver manifest revocation check: found CN=manifest signer, revoked");
    }

    [Theory]
    [InlineData("xml-c14n11", "xml-c14n10")]
    [InlineData("ecdsa-sha384", "hmac-sha384")]
    [InlineData("URI=\"\"", "URI=\"#Payload\"")]
    [InlineData("<ds:Reference ", "<ds:Object></ds:Object><ds:Reference ")]
    [InlineData("ds:SignedInfo", "ds:signedInfo")]
    [InlineData("<ds:KeyInfo>", "<ds:KeyInfo><ds:KeyValue></ds:KeyValue>")]
    [InlineData("</ds:SignatureValue>", "!</ds:SignatureValue>")]
    [InlineData("<Meta", "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"></ds:Signature><Meta")]
    public void A_signature_that_is_written_in_another_way_is_refused(string from, string to)
    {
        var forge = new GpuForge();
        var xml = Encoding.UTF8.GetString(forge.ManifestXml("550.90.07", null, (7, [GpuForge.Hash(8)]))).Replace(from, to, StringComparison.Ordinal);
        forge.Verify(driver: RimFile.Parse(Encoding.UTF8.GetBytes(xml))).FirstFailure!.ShouldStartWith(
            "driver manifest check: found The manifest's signature is not written as NVIDIA writes them");
    }

    [Theory]
    [InlineData("<SoftwareIdentity ", "<!DOCTYPE x [<!ENTITY a \"b\">]><SoftwareIdentity ", "not well-formed")]
    [InlineData("<Meta", "<!-- a comment --><Meta", "Comment")]
    [InlineData("<Meta", "<?a b?><Meta", "ProcessingInstruction")]
    [InlineData("<Meta", "<![CDATA[a]]><Meta", "CDATA")]
    [InlineData("<Meta", "<Meta xml:lang=\"en\"", "prefix xml")]
    [InlineData("<Meta", "<Other", "not exactly one element Meta|not well-formed")]
    [InlineData("index=\"7\"", "index=\"256\"", "not a number of 0 to 255")]
    [InlineData("index=\"7\"", "index=\"255\"", "an index twice")]
    [InlineData("alternatives=\"1\"", "alternatives=\"2\"", "lacks Hash1")]
    [InlineData("alternatives=\"1\"", "alternatives=\"65\"", "not a number of 1 to 64")]
    [InlineData("size=\"48\"", "size=\"47\"", "not a number of 48 to 48")]
    [InlineData("active=\"True\"", "active=\"Yes\"", "wanted True or False")]
    [InlineData("type=\"Measurement\"", "type=\"File\"", "wanted a Resource that is a Measurement")]
    [InlineData("colloquialVersion=\"550.90.07\"", "", "lacks the attribute colloquialVersion")]
    [InlineData("2015/schema.xsd", "2009/schema.xsd", "wanted SoftwareIdentity")]
    public void A_manifest_of_another_form_is_refused(string from, string to, string why)
    {
        var xml = Encoding.UTF8.GetString(new GpuForge().ManifestXml("550.90.07", null, (7, [GpuForge.Hash(8)])));
        xml.ShouldContain(from);
        var message = Should.Throw<AttestationException>(() => RimFile.Parse(Encoding.UTF8.GetBytes(xml.Replace(from, to, StringComparison.Ordinal)))).Message;
        why.Split('|').Any(part => message.Contains(part, StringComparison.Ordinal)).ShouldBeTrue(message);
    }

    [Fact]
    public void Negative_oversized_or_nested_manifest()
    {
        var deep = string.Concat(Enumerable.Repeat("<a>", 100_000));
        Should.Throw<AttestationException>(() => RimFile.Parse(Encoding.UTF8.GetBytes(deep))).Message.ShouldContain("more than 16 deep");
        Should.Throw<AttestationException>(() => RimFile.Parse(new byte[RimFile.MaxSize + 1])).Message.ShouldContain("wanted at most");
    }

    [Fact]
    public void Negative_wrong_nonce_of_a_GPU_report()
    {
        var forge = new GpuForge();
        forge.Verify(nonce: new byte[32]).FirstFailure!.ShouldStartWith("nonce check: ");
        forge.Verify(nonce: []).FirstFailure!.ShouldStartWith("nonce check: ");
    }

    [Fact]
    public void Negative_wrong_root_of_a_GPU()
    {
        var forge = new GpuForge();
        forge.Requirements = forge.Requirements with { DeviceRoot = new TestAuthority("another").Anchor };
        forge.Verify().FirstFailure!.ShouldStartWith("device issuer check: ");
    }

    [Fact]
    public void A_chain_with_a_gap_is_refused()
    {
        var forge = new GpuForge();
        var evidence = forge.Make();
        forge.Verify(evidence with { Certificates = evidence.Certificates.RemoveAt(1) }).FirstFailure!.ShouldStartWith("device issuer check: found CN=test device root after CN=test GPU");
        forge.Verify(evidence with { Certificates = [] }).FirstFailure!.ShouldStartWith("device chain check: found 0 certificates");
        forge.Verify(evidence with { Certificates = [.. Enumerable.Repeat(evidence.Certificates[0], 9)] }).FirstFailure!.ShouldStartWith("device chain check: found 9 certificates");
        forge.Verify(evidence with { Certificates = evidence.Certificates.RemoveAt(0) }).FirstFailure!.ShouldStartWith("report signature check: ");
    }

    [Fact]
    public void Negative_certificate_with_trailing_data_in_a_GPUs_chain()
    {
        var forge = new GpuForge();
        var evidence = forge.Make();
        for (var index = 0; index < evidence.Certificates.Length; index++)
        {
            forge.Verify(evidence with { Certificates = evidence.Certificates.SetItem(index, (byte[])[.. evidence.Certificates[index].Span, 0]) })
                .FirstFailure!.ShouldStartWith("device chain check: found The certificate is not well-formed");
        }
    }

    [Fact]
    public void An_authority_may_not_sign_reports()
    {
        var forge = new GpuForge();
        var authority = new TestAuthority(forge.Name, forge.Root);
        forge.Verify(forge.Make() with { Certificates = [authority.Der, forge.Root.Der] }).FirstFailure!.ShouldStartWith("device certificate check: found CN=test GPU, which is not for signing");
    }

    [Fact]
    public void Negative_expired_certificate_or_revoked_certificate_of_a_GPU()
    {
        new GpuForge { CertificateEnd = TestAuthority.Start.AddDays(1) }.Verify().FirstFailure!.ShouldStartWith("device validity check: ");
        var forge = new GpuForge();
        forge.Requirements = forge.Requirements with { RevocationLists = [forge.Root.Revoke(2)] };
        forge.Verify().FirstFailure!.ShouldStartWith("device revocation check: found CN=test GPU authority, revoked");
    }

    [Fact]
    public void A_key_made_for_other_firmware_is_refused()
    {
        new GpuForge { CertifiedFirmwareId = new byte[48] }.Verify().FirstFailure!.ShouldStartWith("firmware id check: ");
        new GpuForge { FirmwareId = [] }.Verify().IsValid.ShouldBeTrue();
    }

    [Fact]
    public void A_signature_by_another_GPU_is_refused()
    {
        var forge = new GpuForge();
        var evidence = forge.Make() with { Report = new GpuForge { Name = "another GPU" }.Make().Report };
        forge.Verify(evidence).FirstFailure!.ShouldStartWith("report signature check: ");
    }

    [Fact]
    public void Versions_can_be_pinned()
    {
        var forge = new GpuForge();
        forge.Requirements = forge.Requirements with { DriverVersions = ["550.90.07"], VbiosVersions = ["96.00.9f.00.01"] };
        forge.Verify().IsValid.ShouldBeTrue();
        forge.Requirements = forge.Requirements with { DriverVersions = ["570.1"] };
        forge.Verify().FirstFailure!.ShouldBe("driver version check: found 550.90.07, wanted one of 570.1; install a driver that is listed.");
    }

    [Fact]
    public void Negative_trailing_data_or_a_cut_in_a_GPU_report()
    {
        var forge = new GpuForge();
        var report = forge.Make().Report;
        for (var length = 0; length < report.Length; length++) Should.Throw<AttestationException>(() => GpuReport.Parse(report[..length]));
        forge.Verify(forge.Make() with { Report = (byte[])[.. report.Span, 0] }).FirstFailure!.ShouldStartWith("report format check: found Bytes follow the signature");
        Should.Throw<AttestationException>(() => GpuReport.Parse(new byte[GpuReport.MaxSize + 1]));
    }

    [Theory]
    [InlineData(0, 0x10, "wanted a signed SPDM 1.1 GET_MEASUREMENTS")]
    [InlineData(2, 0, "wanted a signed")]
    [InlineData(3, 1, "wanted a signed")]
    [InlineData(38, 0x61, "wanted SPDM 1.1 MEASUREMENTS")]
    [InlineData(41, 63, "do not fill their record")]
    [InlineData(41, 65, "where 0 are left")]
    [InlineData(44, 1, "are left")]
    [InlineData(45, 0, "index 0")]
    [InlineData(45, 2, "measurement 2 twice")]
    [InlineData(46, 2, "specification 2")]
    [InlineData(48, 0xff, "are left")]
    [InlineData(50, 49, "does not fill its block")]
    public void Negative_oversized_or_nested_lengths_in_a_GPU_report(int offset, byte value, string why)
    {
        var forge = new GpuForge();
        var evidence = forge.Make(change: body =>
        {
            body[offset] = value;
            return body;
        });
        var failure = forge.Verify(evidence).FirstFailure!;
        failure.ShouldStartWith("report format check: ");
        failure.ShouldContain(why);
    }
}
