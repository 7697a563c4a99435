using System.Buffers.Binary;
using System.Text;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.Simulation;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Tests.Dcap;

/// <summary>One thing is wrong in each of these, and the verifier says which.</summary>
public sealed class RefusedQuoteTests
{
    private static readonly SimulatedScene Good = new();
    private static readonly SimulatedPlatform Platform = SimulatedScene.DefaultPlatform;
    private static readonly SimulatedPlatform Stranger = Platform with { Seed = "stranger" };

    [Fact]
    public void Nothing_wrong() => Good.FirstFailure().ShouldBeNull();

    // The platform's certificates

    [Fact]
    public void Negative_expired_certificate_of_the_PCK() => Refused(
        Good with { Platform = Platform with { PckLifetime = TimeSpan.FromHours(23) } }, "PCK certificate dates check: found 2026-03-02 12:00:00Z");

    [Fact]
    public void PCK_certificate_that_is_not_valid_yet() => Refused(
        Good with { Platform = Platform with { IssuedAt = SimulatedScene.Start.AddDays(2) }, Published = Platform }, "PCK certificate's authority dates check");

    [Fact]
    public void Negative_expired_certificate_of_the_authority() => Refused(
        Good with { Platform = Platform with { AuthorityLifetime = TimeSpan.FromHours(23) } }, "PCK authority certificate dates check");

    [Fact]
    public void Negative_expired_certificate_of_the_authority_in_the_quote_only() => Refused(
        Good with { Platform = Platform with { AuthorityLifetime = TimeSpan.FromHours(23) }, Published = Platform }, "PCK certificate's authority dates check");

    [Fact]
    public void Negative_revoked_certificate_of_the_PCK() => Refused(
        Good with { Published = Platform with { IsRevoked = true } }, "PCK revocation check: found the revoked certificate 04, wanted one that is not; the platform is compromised.");

    [Fact]
    public void Negative_revoked_certificate_of_the_authority() => Refused(Good with { Published = Platform with { IsAuthorityRevoked = true } }, "PCK authority revocation check");

    [Fact]
    public void Negative_wrong_root_of_a_platform_of_another_maker() => Refused(Good with { Platform = Stranger, Published = Platform }, "PCK chain root check: found another root");

    [Fact]
    public void Negative_wrong_root_of_the_collateral()
    {
        using var stranger = new SimulatedTee(Stranger);
        Refused(Good with { Anchor = stranger.Anchor }, "root key check: found another root");
    }

    [Fact]
    public void PCK_certificate_of_another_authority() => Refused(
        Good with { ChangeChain = chain => Chain(chain, (own, other) => [other[0], own[1], own[2]]) }, "PCK certificate check");

    [Fact]
    public void Negative_wrong_root_of_the_authority() => Refused(
        Good with { ChangeChain = chain => Chain(chain, (own, other) => [own[0], other[1], own[2]]) }, "PCK chain authority check");

    [Fact]
    public void Certificates_in_another_order() => Refused(
        Good with { ChangeChain = chain => Chain(chain, (own, _) => [own[1], own[0], own[2]]) }, "certificate chain format check: found a certificate without SGX extension");

    [Fact]
    public void Chain_without_root() => Refused(
        Good with { ChangeChain = chain => Chain(chain, (own, _) => [own[0], own[1]]) }, "certificate chain format check: found 2 certificates in a chain (wanted 3)");

    [Fact]
    public void Chain_of_four() => Refused(
        Good with { ChangeChain = chain => Chain(chain, (own, _) => [own[0], own[1], own[2], own[2]]) }, "certificate chain format check");

    [Fact]
    public void Negative_oversized_chain_in_a_quote() => Refused(
        Good with { ChangeChain = chain => Chain(chain, (own, _) => [.. Enumerable.Repeat(own[2], 30)]) }, "certificate chain format check");

    [Fact]
    public void Negative_certificate_with_trailing_data_in_a_quote()
    {
        for (var which = 0; which < 3; which++)
        {
            var changed = which;
            Refused(
                Good with { ChangeChain = chain => Chain(chain, (own, _) => [.. own.Select((der, index) => index == changed ? [.. der, (byte)0] : der)]) },
                "certificate chain format check: found The certificate is not well-formed X.509 DER");
        }
    }

    [Fact]
    public void Text_between_certificates() => Refused(
        Good with { ChangeChain = chain => chain.Replace("-----END CERTIFICATE-----\n", "-----END CERTIFICATE-----\nsubject: me\n", StringComparison.Ordinal) },
        "certificate chain format check");

    [Fact]
    public void Certificate_without_end() => Refused(Good with { ChangeChain = chain => chain[..^20] }, "certificate chain format check");

    [Fact]
    public void Certificate_that_is_not_base64() => Refused(Good with { ChangeChain = chain => chain.Replace('A', '!') }, "certificate chain format check");

    // The quote

    [Fact]
    public void Negative_evidence_for_another_key_in_a_quote() => Refused(
        Good with { ExpectedKey = new Ed25519PublicKey(Bits256.Sha256("another key"u8)) }, "report data check");

    [Fact]
    public void Negative_wrong_report_data_in_a_genuine_quote()
    {
        using var tee = new SimulatedTee(Platform);
        var report = QuoteVerifier.Verify(
            tee.CreateQuote(new SimulatedGuest(), new byte[TeeMeasurements.ReportDataSize]), SimulatedScene.Key,
            VerifiedCollateral.Verify(tee.Collateral, tee.Anchor), QuoteRequirements.Default, Good.Time).Report;
        report.FirstFailure!.ShouldStartWith("report data check: found 0000");
        report.Checks.Single(check => !check.Passed).Name.ShouldBe("report data");
    }

    [Fact]
    public void Negative_wrong_report_data_written_into_a_quote() => Refused(Good with { ChangeQuote = quote => Flip(quote, Good.BodyStart + 520) }, "quote signature check");

    [Fact]
    public void Changed_measurement() => Refused(Good with { ChangeQuote = quote => Flip(quote, Good.BodyStart + 136) }, "quote signature check");

    [Fact]
    public void Attestation_key_of_another_platform() => Refused(
        Good with { ChangeQuote = quote => Graft(quote, Good.SignatureLengthAt + 4 + 64, 64) }, "attestation key check");

    [Fact]
    public void Quote_signed_by_another_platform() => Refused(
        Good with { ChangeQuote = quote => Graft(quote, Good.SignatureLengthAt + 4, 64) }, "quote signature check");

    [Fact]
    public void Attestation_key_that_is_not_on_the_curve() => Refused(
        Good with { ChangeQuote = quote => Flip(quote, Good.SignatureLengthAt + 4 + 64) }, "attestation key check");

    [Fact]
    public void Quoting_enclave_of_another_platform() => Refused(
        Good with { ChangeQuote = quote => Graft(quote, Good.SignatureLengthAt + 4 + 128 + 6, EnclaveReport.Size) }, "QE report signature check");

    [Fact]
    public void Changed_authentication_data() => Refused(
        Good with { ChangeQuote = quote => Flip(quote, Good.SignatureLengthAt + 4 + 128 + 6 + EnclaveReport.Size + 64 + 2) }, "attestation key check");

    [Fact]
    public void Quoting_enclave_of_another_vendor() => Refused(Good with { ChangeQuote = quote => Flip(quote, 12) }, "QE vendor check");

    [Theory]
    [InlineData(0, "version 5")]
    [InlineData(2, "attestation key type 3")]
    [InlineData(4, "TEE type 80")]
    public void Header_of_another_kind(int at, string found) => Refused(
        Good with { ChangeQuote = quote => Flip(quote, at) },
        at == 0 ? "quote format check: found body type" : $"quote format check: found {found}");

    [Fact]
    public void Negative_oversized_lengths_declared_in_a_quote()
    {
        var certification = Good.SignatureLengthAt + 4 + 128;
        foreach (var at in new[] { Good.SignatureLengthAt, certification + 2, certification + 6 + EnclaveReport.Size + 64 + 2 + 32 + 2 })
        {
            foreach (var change in new[] { 1L, -1L, uint.MaxValue, int.MinValue })
            {
                Refused(
                    Good with
                    {
                        ChangeQuote = quote =>
                        {
                            var size = quote.AsSpan(at);
                            BinaryPrimitives.WriteUInt32LittleEndian(size, (uint)(BinaryPrimitives.ReadUInt32LittleEndian(size) + change));
                            return quote;
                        },
                    },
                    "quote format check: found ");
            }
        }
    }

    [Fact]
    public void Negative_oversized_authentication_data_in_a_quote() => Refused(
        Good with
        {
            ChangeQuote = quote =>
            {
                BinaryPrimitives.WriteUInt16LittleEndian(quote.AsSpan(Good.SignatureLengthAt + 4 + 128 + 6 + EnclaveReport.Size + 64), ushort.MaxValue);
                return quote;
            },
        },
        "quote format check: found ");

    [Fact]
    public void Negative_nested_certification_data_in_a_quote() => Refused(
        Good with
        {
            ChangeQuote = quote =>
            {
                quote[Good.SignatureLengthAt + 4 + 128 + 6 + EnclaveReport.Size + 64 + 2 + 32] = 6;
                return quote;
            },
        },
        "quote format check: found certification data of type 6, wanted type 5");

    [Fact]
    public void Negative_oversized_quote() => Refused(
        Good with { ChangeQuote = quote => [.. quote, .. new byte[Quote.MaxSize]] }, "quote format check: found ");

    [Fact]
    public void No_quote() => Refused(Good with { ChangeQuote = _ => [] }, "quote format check: found no quote");

    [Fact]
    public void Data_behind_the_quote() => Refused(Good with { ChangeQuote = quote => [.. quote, 0, 0, 1] }, "quote format check: found data after the");

    [Fact]
    public void Body_of_another_size_in_version_5() => Refused(
        Good with { Guest = new SimulatedGuest { QuoteVersion = 5 }, ChangeQuote = quote => Flip(quote, 50) }, "quote format check: found a body of 585 bytes");

    [Fact]
    public void Enclave_body_for_a_guest_in_version_5() => Refused(
        Good with
        {
            Guest = new SimulatedGuest { QuoteVersion = 5 },
            ChangeQuote = quote =>
            {
                quote[48] = 1;
                return quote;
            },
        },
        "quote format check: found body type 1 for TEE type 81");

    // The guest

    [Fact]
    public void Negative_debug_TD() => Refused(
        Good with { Guest = new SimulatedGuest { Attributes = TdAttributes.Debug } }, "debug check: found attributes 0000000000000001");

    [Fact]
    public void Negative_debug_TD_even_if_the_verifier_would_allow_it() => Refused(
        Good with
        {
            Guest = new SimulatedGuest { Attributes = TdAttributes.Debug | TdAttributes.SeptVeDisable },
            Requirements = new QuoteRequirements { AllowedAttributes = (TdAttributes)ulong.MaxValue, RequiredAttributes = TdAttributes.Debug },
        },
        "debug check");

    [Fact]
    public void Guest_that_may_be_moved() => Refused(
        Good with { Guest = new SimulatedGuest { Attributes = TdAttributes.SeptVeDisable | TdAttributes.Migratable } }, "TD attributes check: found 0000000030000000");

    [Fact]
    public void Guest_without_a_required_attribute() => Refused(
        Good with
        {
            Guest = new SimulatedGuest { Attributes = TdAttributes.None },
            Requirements = new QuoteRequirements { RequiredAttributes = TdAttributes.SeptVeDisable },
        },
        "TD attributes check: found 0000000000000000, wanted all of 0000000010000000");

    [Fact]
    public void Guest_with_other_processor_state()
    {
        Refused(Good with { Requirements = new QuoteRequirements { AllowedXfam = 0xe7 } }, "XFAM check: found 00000000000602e7");
        Refused(Good with { Guest = new SimulatedGuest { Xfam = 2 } }, "XFAM check: found 0000000000000002, wanted all of 0000000000000003");
    }

    [Fact]
    public void Another_TDX_module_than_the_accepted_ones()
    {
        Refused(Good with { Requirements = new QuoteRequirements { AcceptedMrSeam = [Bits384.Zero] } }, "MRSEAM check");
        (Good with { Requirements = new QuoteRequirements { AcceptedMrSeam = [Bits384.Zero, new SimulatedGuest().MrSeam] } }).FirstFailure().ShouldBeNull();
        Refused(Good with { Requirements = new QuoteRequirements { AcceptedMrSeam = [] } }, "MRSEAM check");
    }

    [Fact]
    public void TDX_module_of_another_signer() => Refused(
        Good with { Guest = new SimulatedGuest { MrSignerSeam = Bits384.Sha384("me"u8) } }, "TDX module signer check");

    [Fact]
    public void TDX_module_with_attributes() => Refused(Good with { Guest = new SimulatedGuest { SeamAttributes = 1 } }, "TDX module attributes check");

    [Fact]
    public void TDX_module_that_is_not_listed() => Refused(
        Good with { Guest = new SimulatedGuest { TeeTcbSvn = [6, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] } }, "TDX module version check: found major version 2");

    // How up to date it all is

    [Fact]
    public void Negative_TCB_out_of_date_of_the_platform()
    {
        Refused(
            Good with { Published = Platform with { Components = Platform.Components.SetItem(15, 1) } }, "TCB status check: found OutOfDate (INTEL-SA-00001), wanted one of UpToDate");
        Refused(Good with { Published = Platform with { PceSvn = 14 } }, "TCB status check: found OutOfDate");
        Refused(Good with { Published = Platform with { TdxComponents = Platform.TdxComponents.SetItem(2, 4) } }, "TCB status check: found OutOfDate");
    }

    [Fact]
    public void Negative_TCB_out_of_date_of_the_TDX_module() => Refused(Good with { Published = Platform with { ModuleSvn = 7 } }, "TCB status check: found OutOfDate,");

    [Fact]
    public void Negative_TCB_out_of_date_of_the_quoting_enclave() => Refused(Good with { Published = Platform with { QeIsvSvn = 5 } }, "TCB status check: found OutOfDate,");

    [Theory]
    [InlineData(TcbStatus.SwHardeningNeeded)]
    [InlineData(TcbStatus.ConfigurationNeeded)]
    [InlineData(TcbStatus.ConfigurationAndSwHardeningNeeded)]
    [InlineData(TcbStatus.OutOfDate)]
    [InlineData(TcbStatus.OutOfDateConfigurationNeeded)]
    public void Status_that_is_not_accepted(TcbStatus status)
    {
        var scene = Good with { Platform = Platform with { Status = status } };
        Refused(scene, $"TCB status check: found {TcbStatuses.Name(status)}, wanted one of UpToDate");
        (scene with { Requirements = new QuoteRequirements { AcceptedStatuses = [TcbStatus.UpToDate, status] } }).FirstFailure().ShouldBeNull();
    }

    [Fact]
    public void Revoked_is_never_accepted()
    {
        var requirements = new QuoteRequirements { AcceptedStatuses = [.. Enum.GetValues<TcbStatus>()] };
        foreach (var platform in new[]
        {
            Platform with { Status = TcbStatus.Revoked }, Platform with { ModuleStatus = TcbStatus.Revoked }, Platform with { QeStatus = TcbStatus.Revoked },
        })
        {
            Refused(Good with { Platform = platform, Requirements = requirements }, "TCB status check: found Revoked");
        }
    }

    [Fact]
    public void Advisory_that_is_not_accepted()
    {
        var scene = Good with
        {
            Platform = Platform with { Status = TcbStatus.SwHardeningNeeded, Advisories = ["INTEL-SA-00615", "INTEL-SA-00657"] },
            Requirements = new QuoteRequirements { AcceptedStatuses = [TcbStatus.SwHardeningNeeded], AcceptedAdvisories = ["INTEL-SA-00615"] },
        };
        Refused(scene, "advisories check: found INTEL-SA-00657, wanted none but accepted ones");
        (scene with { Requirements = scene.Requirements with { AcceptedAdvisories = ["INTEL-SA-00657", "INTEL-SA-00615"] } }).FirstFailure().ShouldBeNull();
    }

    [Fact]
    public void Collateral_from_before_a_recovery() => Refused(
        Good with { Requirements = new QuoteRequirements { MinEvaluationNumber = 18 } }, "TCB evaluation number check: found 17, wanted at least 18; fetch newer collateral.");

    // The quoting enclave

    [Fact]
    public void Negative_QE_identity_mismatch_of_the_signer() => Refused(
        Good with { Published = Platform with { QeMrSigner = [.. new byte[32]] } }, "QE identity check: found MRSIGNER");

    [Fact]
    public void Negative_QE_identity_mismatch_of_the_product() => Refused(Good with { Published = Platform with { QeIsvProdId = 1 } }, "QE identity check: found ISVPRODID 2, wanted 1");

    [Fact]
    public void Quoting_enclave_below_all_levels() => Refused(
        Good with { Platform = Platform with { QeIsvSvn = 0 }, Published = Platform }, "QE version check: found version 0");

    // The collateral

    [Fact]
    public void Expired_collateral() => Refused(Good with { Time = SimulatedScene.Start.AddDays(31) }, "root revocation list dates check");

    [Fact]
    public void Collateral_from_the_future() => Refused(Good with { Time = SimulatedScene.Start.AddSeconds(-1) }, "root certificate dates check");

    [Fact]
    public void Collateral_for_another_kind_of_platform() => Refused(
        Good with { Published = Platform with { Fmspc = [1, 2, 3, 4, 5, 6] } }, "FMSPC check: found TCB info for 010203040506, wanted for c0c000000001");

    [Fact]
    public void Collateral_for_another_certification_enclave() => Refused(Good with { Published = Platform with { PceId = [0, 1] } }, "PCE id check");

    [Fact]
    public void Revocation_list_of_another_authority()
    {
        Refused(Good with { ChangeCollateral = own => own with { PckCrl = Other().PckCrl } }, "PCK revocation list signature check");
        Refused(Good with { ChangeCollateral = own => own with { PckCrl = own.RootCaCrl } }, "PCK revocation list signature check");
        Refused(Good with { ChangeCollateral = own => own with { RootCaCrl = Other().RootCaCrl } }, "root revocation list signature check");
        Refused(Good with { ChangeCollateral = own => own with { RootCaCrl = own.PckCrl } }, "root revocation list signature check");
    }

    [Fact]
    public void Negative_wrong_root_of_the_collaterals_chains()
    {
        Refused(Good with { ChangeCollateral = own => own with { PckCrlIssuerChain = Other().PckCrlIssuerChain } }, "root key check");
        Refused(Good with { ChangeCollateral = own => own with { TcbInfoIssuerChain = Other().TcbInfoIssuerChain } }, "TCB info signer root check");
        Refused(Good with { ChangeCollateral = own => own with { QeIdentityIssuerChain = Other().QeIdentityIssuerChain } }, "QE identity signer root check");
    }

    [Fact]
    public void Authority_in_the_place_of_the_signer_and_the_other_way_round()
    {
        Refused(Good with { ChangeCollateral = own => own with { TcbInfoIssuerChain = own.PckCrlIssuerChain } }, "TCB info signer check");
        Refused(Good with { ChangeCollateral = own => own with { PckCrlIssuerChain = own.TcbInfoIssuerChain } }, "PCK authority check");
    }

    [Fact]
    public void Documents_of_another_signer()
    {
        Refused(Good with { ChangeCollateral = own => own with { TcbInfoSignature = Other().TcbInfoSignature } }, "TCB info signature check");
        Refused(Good with { ChangeCollateral = own => own with { QeIdentitySignature = Other().QeIdentitySignature } }, "QE identity signature check");
        Refused(Good with { ChangeCollateral = own => own with { TcbInfoSignature = own.QeIdentitySignature } }, "TCB info signature check");
        Refused(Good with { ChangeCollateral = own => own with { TcbInfoSignature = default } }, "TCB info signature check");
    }

    [Fact]
    public void Documents_in_each_others_place() => Refused(
        Good with
        {
            ChangeCollateral = own => own with { TcbInfo = own.QeIdentity, TcbInfoSignature = own.QeIdentitySignature },
        },
        "TCB info check: ");

    [Fact]
    public void Negative_revocation_list_with_trailing_data() => Refused(
        Good with { ChangeCollateral = own => own with { PckCrl = (byte[])[.. own.PckCrl.Span, 0] } }, "PCK revocation list format check: found The revocation list is not well-formed");

    [Fact]
    public void Collateral_file_that_is_not_one()
    {
        foreach (var text in new[] { "", "[]", "{}", "{\"tcb_info\":1}", "{\"tcb_info\":\"\\ud800\"}", new string('[', 100), "{\"tcb_info\":\"\",\"tcb_info\":\"\"}" })
            Should.Throw<AttestationException>(() => DcapCollateral.ParseJson(Encoding.UTF8.GetBytes(text))).Message.ShouldStartWith("collateral check");
    }

    private static void Refused(SimulatedScene scene, string reason) => scene.FirstFailure().ShouldNotBeNull().ShouldStartWith(reason);

    private static byte[] Flip(byte[] bytes, int at)
    {
        bytes[at] ^= 1;
        return bytes;
    }

    /// <summary>Puts a part of a stranger's quote into this one.</summary>
    private static byte[] Graft(byte[] quote, int at, int size)
    {
        using var stranger = new SimulatedTee(Stranger);
        stranger.CreateQuote(new SimulatedGuest(), SimulatedScene.Key).AsSpan(at, size).CopyTo(quote.AsSpan(at));
        return quote;
    }

    private static string Chain(string chain, Func<List<byte[]>, List<byte[]>, byte[][]> choose)
    {
        using var stranger = new SimulatedTee(Stranger);
        return SimulatedScene.WritePem(choose(SimulatedScene.ReadPem(chain), SimulatedScene.ReadPem(stranger.PckChain)));
    }

    private static DcapCollateral Other()
    {
        using var stranger = new SimulatedTee(Stranger);
        return stranger.Collateral;
    }
}
