using System.Buffers.Binary;
using System.Collections.Immutable;
using Cocoon.Attestation.SevSnp;
using Cocoon.Attestation.Tests.Chains;

namespace Cocoon.Attestation.Tests.SevSnp;

public sealed class SnpVerifierTests
{
    [Theory]
    [InlineData(SnpProduct.Milan, 2)]
    [InlineData(SnpProduct.Milan, 3)]
    [InlineData(SnpProduct.Genoa, 2)]
    [InlineData(SnpProduct.Genoa, 4)]
    [InlineData(SnpProduct.Genoa, 5)]
    [InlineData(SnpProduct.Turin, 3)]
    [InlineData(SnpProduct.Turin, 5)]
    public void Reports_of_every_product_line_are_believed(SnpProduct product, uint version)
    {
        var forge = new SnpForge { Product = product, Version = version, Tcb = new(3, 1, 20, 70, product == SnpProduct.Turin ? (byte)2 : (byte)0) };
        forge.Verify().FirstFailure.ShouldBeNull();
    }

    [Fact]
    public void A_newer_report_uses_bytes_that_an_older_one_keeps_zero()
    {
        var forge = new SnpForge { Version = 5 };
        forge.Verify(report => report[0x1f8] = 1).IsValid.ShouldBeTrue();
        forge.Version = 4;
        Should.Throw<AttestationException>(() => forge.Make(report => report[0x1f8] = 1)).Message.ShouldContain("reserved");
    }

    [Fact]
    public void A_chip_that_is_not_known_is_refused_by_its_name()
    {
        new SnpForge().Verify(report => report[0x188] = 0x1b).FirstFailure!.ShouldBe(
            "product check: found family 1bh, model 11h, stepping 0h, wanted Milan or Genoa or Turin.");
    }

    [Fact]
    public void A_product_line_that_is_not_wanted_is_refused()
    {
        var forge = new SnpForge { Requirements = new SnpRequirements { Products = [SnpProduct.Turin] } };
        forge.Verify().FirstFailure.ShouldBe("product check: found Genoa, wanted Turin.");
    }

    [Fact]
    public void Negative_wrong_root_of_an_AMD_chain()
    {
        var forge = new SnpForge();
        var stranger = new TestAuthority("another ARK");
        forge.Endorsements = forge.Endorsements with { Roots = forge.Endorsements.Roots.SetItem(SnpProduct.Genoa, stranger.Anchor) };
        forge.Verify().FirstFailure!.ShouldStartWith("endorsement key issuer check: found CN=test ARK at the end of the chain, wanted a certificate that test root signed");
    }

    [Fact]
    public void Negative_expired_certificate_of_an_AMD_chip()
    {
        new SnpForge { CertificateEnd = TestAuthority.Start.AddDays(1) }.Verify().FirstFailure!.ShouldStartWith("endorsement key validity check: found 2025-02-01");
        var forge = new SnpForge();
        forge.Authority = new TestAuthority("test ASK", forge.Root, end: TestAuthority.Start.AddDays(1));
        forge.Verify().FirstFailure!.ShouldContain("for CN=test ASK");
    }

    [Fact]
    public void Negative_certificate_with_trailing_data_in_an_AMD_chain()
    {
        var forge = new SnpForge();
        var good = forge.Make();
        Failure(SnpEvidence.Create(good.Report.Raw.Span, (byte[])[.. good.EndorsementKey.Span, 0], good.Authorities))
            .ShouldStartWith("endorsement key chain check: found The certificate is not well-formed");
        Failure(SnpEvidence.Create(good.Report.Raw.Span, good.EndorsementKey, good.Authorities.SetItem(0, (byte[])[.. good.Authorities[0].Span, 0])))
            .ShouldStartWith("endorsement key chain check: found The certificate is not well-formed");

        string Failure(SnpEvidence evidence) => forge.Verifier.Verify(evidence, SnpForge.ReportData, SnpForge.Now).FirstFailure!;
    }

    [Fact]
    public void Negative_revoked_certificate_of_an_AMD_authority()
    {
        var forge = new SnpForge();
        // The root's own certificate has serial number 1, the authority's 2.
        forge.Endorsements = forge.Endorsements with { RevocationLists = [forge.Root.Revoke(2)] };
        forge.Verify().FirstFailure.ShouldBe(
            "endorsement key revocation check: found CN=test ASK, revoked, wanted a certificate that is not revoked; do not trust this device.");
        var list = forge.Root.Revoke(9);
        forge.Verify().ValidUntil.ShouldBeNull();
        forge.Endorsements = forge.Endorsements with { RevocationLists = [list] };
        var report = forge.Verify();
        report.IsValid.ShouldBeTrue();
        report.ValidUntil.ShouldBe(list.NextUpdate);
    }

    [Fact]
    public void Negative_revoked_certificate_of_an_AMD_chip()
    {
        var forge = new SnpForge();
        forge.Endorsements = forge.Endorsements with { RevocationLists = [forge.Authority.Revoke(1)] };
        forge.Verify().FirstFailure!.ShouldStartWith("endorsement key revocation check: found CN=test VCEK, revoked");
    }

    [Fact]
    public void A_list_that_is_old_or_forged_is_refused()
    {
        var forge = new SnpForge();
        forge.Endorsements = forge.Endorsements with { RevocationLists = [forge.Root.Revoke(9, TestAuthority.Start.AddYears(-2))] };
        forge.Verify().FirstFailure!.ShouldStartWith("endorsement key revocation check: found a list of 2023-01-01");
        forge.Endorsements = forge.Endorsements with { RevocationLists = [forge.Root.Revoke(9, signer: TestAuthority.KeyOf("a stranger"))] };
        forge.Verify().FirstFailure!.ShouldContain("a list that its issuer did not sign");
    }

    [Fact]
    public void A_list_can_be_required()
    {
        var forge = new SnpForge { Requirements = new SnpRequirements { RequireRevocationList = true } };
        forge.Verify().FirstFailure.ShouldBe("endorsement key revocation check: found no list, wanted the list of CN=test ARK; fetch it from the vendor.");
        forge.Endorsements = forge.Endorsements with { RevocationLists = [forge.Root.Revoke(9)] };
        forge.Verify().IsValid.ShouldBeTrue();
    }

    [Fact]
    public void An_authority_without_the_right_to_issue_is_refused()
    {
        var forge = new SnpForge();
        forge.Authority = new TestAuthority("test ASK", forge.Root, mayIssue: false);
        forge.Verify().FirstFailure!.ShouldContain("which may not issue certificates");
    }

    [Fact]
    public void An_authority_below_its_issuers_depth_is_refused()
    {
        var forge = new SnpForge();
        var middle = new TestAuthority("middle", forge.Root, pathLength: 0);
        forge.Authority = new TestAuthority("test ASK", middle);
        forge.Endorsements = forge.Endorsements with { Authorities = [middle.Der] };
        forge.Verify().FirstFailure!.ShouldContain("found 1 authorities below CN=middle, wanted at most 0");
    }

    [Fact]
    public void Negative_wrong_report_data_of_an_AMD_report()
    {
        new SnpForge().Verify(reportData: new byte[64]).FirstFailure!.ShouldStartWith("report data check: found 000102");
    }

    [Fact]
    public void A_signature_by_another_chip_is_refused()
    {
        var forge = new SnpForge();
        var report = forge.Make().Report.Raw.ToArray();
        SnpForge.SignReport(report, TestAuthority.KeyOf("another chip"));
        var evidence = SnpEvidence.Create(report, forge.Make().EndorsementKey, [forge.Authority.Der]);
        forge.Verifier.Verify(evidence, SnpForge.ReportData, SnpForge.Now).FirstFailure!.ShouldStartWith("report signature check: ");
    }

    [Fact]
    public void Negative_debug_guest_of_AMD()
    {
        new SnpForge().Verify(report => report[10] |= 1 << 3).FirstFailure.ShouldBe(
            "debug policy check: found debugging allowed, wanted no debugging; launch the guest with a policy whose bit 19 is 0.");
        new SnpForge { Requirements = new SnpRequirements { AllowDebug = true } }.Verify(report => report[10] |= 1 << 3).IsValid.ShouldBeTrue();
    }

    [Fact]
    public void Migration_and_shared_cores_are_policy()
    {
        var forge = new SnpForge();
        forge.Verify(report => report[10] |= 1 << 2).FirstFailure!.ShouldStartWith("migration policy check: ");
        forge.Requirements = new SnpRequirements { AllowMigration = true };
        forge.Verify(report => report[10] |= 1 << 2).IsValid.ShouldBeTrue();
        forge.Requirements = new SnpRequirements { AllowSmt = false };
        forge.Verify().FirstFailure!.ShouldStartWith("SMT policy check: ");
        forge.Verify(report => report[10] = 2).IsValid.ShouldBeTrue();
    }

    [Fact]
    public void A_policy_with_bits_that_are_not_known_is_refused()
    {
        new SnpForge().Verify(report => report[15] = 1).FirstFailure!.ShouldStartWith("guest policy check: ");
        new SnpForge().Verify(report => report[10] = 1).FirstFailure!.ShouldStartWith("guest policy check: ");
    }

    [Theory]
    [InlineData(0x1e0, "committed TCB")]
    [InlineData(0x38, "current TCB")]
    [InlineData(0x1f0, "launch TCB")]
    public void Negative_TCB_out_of_date_of_an_AMD_platform(int offset, string name)
    {
        var forge = new SnpForge { Requirements = new SnpRequirements { MinimumTcb = Minimum(new SnpTcb(3, 0, 20, 70)) } };
        forge.Verify().IsValid.ShouldBeTrue();
        // One part is enough, however high the others are.
        forge.Verify(report => (report[offset], report[offset + 6]) = (255, 19)).FirstFailure!.ShouldStartWith(
            $"{name} check: found boot loader 255, TEE 0, SNP 19, microcode 70, FMC 0, wanted at least boot loader 3");
    }

    [Fact]
    public void A_reported_patch_level_that_is_too_low_is_refused()
    {
        var forge = new SnpForge { Requirements = new SnpRequirements { MinimumTcb = Minimum(new SnpTcb(3, 0, 20, 71)) } };
        forge.Verify().FirstFailure!.ShouldStartWith("reported TCB check: ");
    }

    [Fact]
    public void Every_failing_requirement_is_told_at_once()
    {
        var forge = new SnpForge { Requirements = new SnpRequirements { MinGuestSvn = 1, Measurements = [new byte[] { 1 }], HostData = [new byte[32], new byte[] { 1 }] } };
        forge.Verify(report => (report[10], report[0x30]) = (0x0b, 2)).Checks.Where(check => !check.Passed).Select(check => check.Name).ShouldBe(
            ["debug policy", "VMPL", "guest version", "measurement"]);
    }

    [Fact]
    public void A_certificate_for_another_patch_level_is_refused()
    {
        new SnpForge().Verify(report => report[0x186] = 21).FirstFailure!.ShouldStartWith(
            "endorsement key TCB check: found boot loader 3, TEE 0, SNP 20, microcode 70, FMC 0, wanted the report's boot loader 3, TEE 0, SNP 21");
        new SnpForge().Verify(report => report[0x182] = 1).FirstFailure!.ShouldContain("wanted the report's unreadable TCB");
    }

    [Fact]
    public void Turins_patch_levels_stand_elsewhere()
    {
        var tcb = new SnpTcb(BootLoader: 2, Tee: 3, Snp: 4, Microcode: 5, Fmc: 1);
        SnpTcb.Read([1, 2, 3, 4, 0, 0, 0, 5], SnpProduct.Turin).ShouldBe(tcb);
        SnpTcb.Read([2, 3, 0, 0, 0, 0, 4, 5], SnpProduct.Genoa).ShouldBe(tcb with { Fmc = 0 });
        SnpTcb.Read([1, 2, 3, 4, 0, 0, 1, 5], SnpProduct.Turin).ShouldBeNull();
        SnpTcb.Read([2, 3, 0, 0, 0, 1, 4, 5], SnpProduct.Milan).ShouldBeNull();
    }

    [Fact]
    public void The_certificate_of_another_chip_is_refused()
    {
        new SnpForge { CertificateChipId = new byte[64] }.Verify().FirstFailure!.ShouldStartWith("chip id check: found 0707");
        // Turin's ids are 8 bytes followed by zeros.
        new SnpForge { Product = SnpProduct.Turin }.Verify(report => report[0x1a8] = 7).FirstFailure!.ShouldStartWith("chip id check: ");
        new SnpForge { CertificateChipId = new byte[63] }.Verify().FirstFailure!.ShouldStartWith("endorsement key extensions check: ");
    }

    [Fact]
    public void The_certificate_of_another_product_line_is_refused()
    {
        new SnpForge { CertificateProduct = "Milan-B0" }.Verify().FirstFailure!.ShouldStartWith("endorsement key product check: found Milan-B0, wanted Genoa");
        new SnpForge { Version = 2, CertificateProduct = "7" }.Verify().FirstFailure!.ShouldStartWith("product check: found 7, wanted Milan");
    }

    [Theory]
    [InlineData("Genoa\nA line of its own")]
    [InlineData("Genoa-a name that is longer than any product line's")]
    public void A_product_name_that_is_no_short_word_gets_into_no_error(string name)
    {
        var failure = new SnpForge { Version = 2, CertificateProduct = name }.Verify().FirstFailure!;
        failure.ShouldStartWith("product check: found a certificate without a product name");
        new SnpForge { CertificateProduct = name }.Verify().FirstFailure!.ShouldContain("is not a short word");
    }

    [Fact]
    public void A_providers_key_counts_only_where_it_is_allowed()
    {
        var forge = new SnpForge { IsVlek = true };
        forge.Verify().FirstFailure!.ShouldStartWith("signing key check: found Vlek, wanted Vcek");
        forge.Requirements = new SnpRequirements { AllowVlek = true };
        forge.Verify().FirstFailure.ShouldBeNull();
        // The report says which kind signed, and the certificate has to be of that kind.
        forge.Verify(report => report[0x48] = 0).FirstFailure!.ShouldStartWith("endorsement key kind check: ");
    }

    [Fact]
    public void A_hidden_chip_counts_only_where_it_is_allowed()
    {
        static void Mask(byte[] report)
        {
            report[0x48] = 2;
            report.AsSpan(0x1a0, 64).Clear();
        }
        var forge = new SnpForge();
        forge.Verify(Mask).FirstFailure!.ShouldStartWith("chip id check: found masked by the host");
        forge.Requirements = new SnpRequirements { AllowMaskedChip = true };
        forge.Verify(Mask).IsValid.ShouldBeTrue();
    }

    [Fact]
    public void An_unsigned_report_is_refused()
    {
        new SnpForge().Verify(report => report[0x48] = 7 << 2).FirstFailure!.ShouldStartWith("signing key check: found None");
        new SnpForge().Verify(report => report[0x34] = 2).FirstFailure!.ShouldStartWith("signature algorithm check: found 2");
    }

    [Fact]
    public void A_report_without_its_certificate_says_where_to_get_one()
    {
        var forge = new SnpForge();
        forge.Verifier.Verify(forge.Make().Report.Raw, SnpForge.ReportData, SnpForge.Now).FirstFailure!.ShouldContain("AMD's key distribution service");
    }

    [Fact]
    public void Evidence_of_any_other_size_is_refused()
    {
        var forge = new SnpForge();
        var bytes = forge.Make().ToBytes();
        for (var length = 0; length < bytes.Length; length++)
            forge.Verifier.Verify(bytes.AsMemory(0, length), SnpForge.ReportData, SnpForge.Now).IsValid.ShouldBeFalse($"{length} bytes");
        forge.Verifier.Verify((byte[])[.. bytes, 1], SnpForge.ReportData, SnpForge.Now).FirstFailure!.ShouldContain("belong to nothing");
    }

    [Fact]
    public void Negative_oversized_or_nested_certificates_of_an_AMD_table()
    {
        Refusal(table => BinaryPrimitives.WriteUInt32LittleEndian(table[20..], uint.MaxValue)).ShouldContain("leaves the table");
        Refusal(table => BinaryPrimitives.WriteUInt32LittleEndian(table[16..], uint.MaxValue)).ShouldContain("leaves the table");
        Refusal(table => BinaryPrimitives.WriteUInt32LittleEndian(table[16..], 0)).ShouldContain("overlaps");
        // The second certificate begins inside the first.
        Refusal(table => BinaryPrimitives.WriteUInt32LittleEndian(table[40..], BinaryPrimitives.ReadUInt32LittleEndian(table[16..]) + 1)).ShouldContain("overlaps");
        Refusal(table => table[..16].CopyTo(table[24..])).ShouldContain("twice");
        Refusal(table => table[..(9 * 24)].Fill(1)).ShouldContain("more than 8");

        static string Refusal(SpanAction change)
        {
            var forge = new SnpForge();
            var bytes = forge.Make().ToBytes();
            change(bytes.AsSpan(SnpReport.Size));
            var failure = forge.Verifier.Verify(bytes, SnpForge.ReportData, SnpForge.Now).FirstFailure!;
            failure.ShouldStartWith("report format check: ");
            return failure;
        }
    }

    private delegate void SpanAction(Span<byte> table);

    private static ImmutableDictionary<SnpProduct, SnpTcb> Minimum(SnpTcb tcb) => ImmutableDictionary<SnpProduct, SnpTcb>.Empty.Add(SnpProduct.Genoa, tcb);
}
