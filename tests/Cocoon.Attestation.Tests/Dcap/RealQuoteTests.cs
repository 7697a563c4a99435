using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.Tests.Vectors;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Tests.Dcap;

/// <summary>Quotes of real machines against Intel's own root.</summary>
public sealed class RealQuoteTests
{
    [VectorFact]
    public void A_real_tdx_quote_is_verified()
    {
        var collateral = VerifiedCollateral.Verify(IntelVectors.TdxCollateral, IntelRoots.Sgx);
        var verdict = IntelVectors.Verify(IntelVectors.TdxQuote, collateral, QuoteRequirements.Default, IntelVectors.Time);

        verdict.Report.FirstFailure.ShouldBeNull();
        var evidence = verdict.Evidence.ShouldNotBeNull();
        evidence.TcbStatus.ShouldBe(TcbStatus.UpToDate);
        evidence.Advisories.ShouldBeEmpty();
        evidence.Fmspc.ShouldBe("b0c06f000000");
        evidence.PlatformId.Length.ShouldBe(32);
        evidence.Attributes.ShouldBe(TdAttributes.SeptVeDisable);
        evidence.Xfam.ShouldBe(0x602e7UL);
        evidence.MrSeam.ToString().ShouldStartWith("5b38e33a6487958b72c3c12a938eaa5e");
        evidence.Measurements.Kind.ShouldBe(TeeMeasurementKind.Tdx);
        Convert.ToHexStringLower(evidence.Measurements.Packed.Span[..8]).ShouldBe("91eb2b44d141d4ec");
        evidence.RootKeyId.ShouldBe(IntelRoots.KeyIdOf(IntelRoots.Sgx));
        evidence.ValidUntil.ShouldBe(new DateTimeOffset(2025, 7, 19, 10, 0, 35, TimeSpan.Zero));
    }

    [VectorFact]
    public void A_real_sgx_quote_is_verified()
    {
        var collateral = VerifiedCollateral.Verify(IntelVectors.SgxCollateral, IntelRoots.Sgx);
        var verdict = IntelVectors.Verify(IntelVectors.SgxQuote, collateral, IntelVectors.Sgx, IntelVectors.Time);

        verdict.Report.FirstFailure.ShouldBeNull();
        verdict.Report.Kind.ShouldBe("sgx");
        var evidence = verdict.Evidence.ShouldNotBeNull();
        evidence.Fmspc.ShouldBe("00a067110000");
        evidence.TcbStatus.ShouldBe(TcbStatus.ConfigurationAndSwHardeningNeeded);
        evidence.Advisories.ShouldBe(["INTEL-SA-00289", "INTEL-SA-00615"]);
        evidence.Measurements.Kind.ShouldBe(TeeMeasurementKind.Sgx);
    }

    [VectorFact]
    public void A_platform_that_needs_hardening_is_refused_by_default()
    {
        var collateral = VerifiedCollateral.Verify(IntelVectors.SgxCollateral, IntelRoots.Sgx);
        var requirements = QuoteRequirements.Default with { Kind = TeeMeasurementKind.Sgx };
        IntelVectors.Verify(IntelVectors.SgxQuote, collateral, requirements, IntelVectors.Time).Report.FirstFailure.ShouldNotBeNull().ShouldStartWith(
            "TCB status check: found ConfigurationAndSWHardeningNeeded (INTEL-SA-00289, INTEL-SA-00615), wanted one of UpToDate");
    }

    [VectorFact]
    public void Collateral_counts_from_its_issue_to_its_next_update()
    {
        var collateral = VerifiedCollateral.Verify(IntelVectors.TdxCollateral, IntelRoots.Sgx);
        FirstFailureAt(collateral.ValidFrom).ShouldBeNull();
        FirstFailureAt(collateral.ValidUntil).ShouldBeNull();
        FirstFailureAt(collateral.ValidFrom.AddSeconds(-1)).ShouldNotBeNull().ShouldStartWith("QE identity dates check");
        FirstFailureAt(collateral.ValidUntil.AddSeconds(1)).ShouldNotBeNull().ShouldStartWith("PCK revocation list dates check: found 2025-07-19 10:00:36Z");

        string? FirstFailureAt(DateTimeOffset time) =>
            IntelVectors.Verify(IntelVectors.TdxQuote, collateral, QuoteRequirements.Default, time).Report.FirstFailure;
    }

    [VectorFact]
    public void Intels_root_is_the_one_that_the_network_pins()
    {
        // The collateral root hash that the network's nodes pin, and the certificate that Intel publishes.
        IntelRoots.KeyIdOf(IntelRoots.Sgx).ShouldBe(Bits384.Parse(
            "46e403bd34f05a3f2817ab9badcaacc7ffc98e0f261008cd30dae936cace18d5dcf58eef31463613de1570d516200993"));
        IntelRoots.Sgx.PublicKeyInfo.ToArray().ShouldBe(ChainCertificate.Parse(HardwareVectors.Read("tdx/intel_sgx_root_ca.der")).PublicKeyInfo.ToArray());
    }

    [VectorFact]
    public void A_quote_says_what_collateral_it_needs()
    {
        DcapPlatform.TryRead(IntelVectors.TdxQuote, out var tdx, out _).ShouldBeTrue();
        tdx.ShouldBe(new DcapPlatform(TeeMeasurementKind.Tdx, "b0c06f000000", "platform"));
        DcapPlatform.TryRead(IntelVectors.SgxQuote, out var sgx, out _).ShouldBeTrue();
        sgx.ShouldBe(new DcapPlatform(TeeMeasurementKind.Sgx, "00a067110000", "processor"));
    }

    [VectorFact]
    public void Collateral_survives_its_file_form()
    {
        var once = IntelVectors.TdxCollateral;
        var twice = DcapCollateral.ParseJson(once.ToJson());
        twice.ToJson().ShouldBe(once.ToJson());
        VerifiedCollateral.Verify(twice, IntelRoots.Sgx).Fmspc.ShouldBe("b0c06f000000");
    }

    [VectorFact]
    public void Collateral_for_another_kind_of_quote_is_refused()
    {
        var collateral = VerifiedCollateral.Verify(IntelVectors.SgxCollateral, IntelRoots.Sgx);
        IntelVectors.Verify(IntelVectors.TdxQuote, collateral, QuoteRequirements.Default, IntelVectors.Time).Report.FirstFailure.ShouldNotBeNull()
            .ShouldStartWith("collateral kind check: found collateral for Sgx, wanted for Tdx");
    }
}
