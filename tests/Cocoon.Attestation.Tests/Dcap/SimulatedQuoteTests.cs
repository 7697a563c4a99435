using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.Simulation;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Tests.Dcap;

/// <summary>The simulated platform passes the verifier of real quotes, under its own root and under no other.</summary>
public sealed class SimulatedQuoteTests
{
    private static readonly TeeMeasurements Measurements =
        TeeMeasurements.Tdx([.. Enumerable.Range(0, TeeMeasurements.TdxSize).Select(value => (byte)value)]);

    [Theory]
    [InlineData(4, QuoteBodyKind.Td10)]
    [InlineData(5, QuoteBodyKind.Td10)]
    [InlineData(5, QuoteBodyKind.Td15)]
    public void A_simulated_quote_is_verified_under_its_root(int version, QuoteBodyKind kind)
    {
        var guest = new SimulatedGuest { QuoteVersion = version, BodyKind = kind, Measurements = Measurements };
        var verdict = new SimulatedScene { Guest = guest }.Verify();
        verdict.Report.FirstFailure.ShouldBeNull();
        var evidence = verdict.Evidence.ShouldNotBeNull();
        evidence.Measurements.ImageHash.ShouldBe(Measurements.ImageHash);
        evidence.ReportData.ToArray().ShouldBe(TeeMeasurements.ReportDataOf(SimulatedScene.Key));
        evidence.TcbStatus.ShouldBe(TcbStatus.UpToDate);
        evidence.Fmspc.ShouldBe("c0c000000001");
        evidence.MrSeam.ShouldBe(guest.MrSeam);
        evidence.ValidUntil.ShouldBe(SimulatedScene.Start.AddDays(30));
    }

    [Fact]
    public void The_root_follows_from_the_seed()
    {
        using var first = new SimulatedTee(new SimulatedPlatform("seed", SimulatedScene.Start));
        using var again = new SimulatedTee(new SimulatedPlatform("seed", SimulatedScene.Start.AddYears(1)));
        using var other = new SimulatedTee(new SimulatedPlatform("another", SimulatedScene.Start));
        IntelRoots.KeyIdOf(again.Anchor).ShouldBe(IntelRoots.KeyIdOf(first.Anchor));
        IntelRoots.KeyIdOf(other.Anchor).ShouldNotBe(IntelRoots.KeyIdOf(first.Anchor));
        IntelRoots.KeyIdOf(first.Anchor).ShouldNotBe(IntelRoots.KeyIdOf(IntelRoots.Sgx));
    }

    [Fact]
    public void Nodes_that_start_apart_verify_each_other()
    {
        // Each node issues its own certificates and collateral; only the seed is common.
        var scene = new SimulatedScene
        {
            Platform = SimulatedScene.DefaultPlatform,
            Published = SimulatedScene.DefaultPlatform with { IssuedAt = SimulatedScene.Start.AddHours(5) },
        };
        scene.FirstFailure().ShouldBeNull();
    }

    [Fact]
    public void Intels_root_does_not_stand_behind_a_simulation() =>
        new SimulatedScene { Anchor = IntelRoots.Sgx }.FirstFailure().ShouldNotBeNull()
            .ShouldStartWith("root key check: found another root, wanted Intel SGX Root CA");

    [Fact]
    public void Collateral_survives_its_file_form() =>
        new SimulatedScene { ChangeCollateral = collateral => DcapCollateral.ParseJson(collateral.ToJson()) }.FirstFailure().ShouldBeNull();

    [Fact]
    public void A_report_names_every_check_in_order()
    {
        var names = new SimulatedScene().Verify().Report.Checks.Select(check => check.Name).ToArray();
        names.Distinct().Count().ShouldBe(names.Length);
        names.ShouldBe(
        [
            "quote format", "kind", "collateral kind",
            "root key", "root certificate", "root revocation list signature", "PCK authority", "PCK authority revocation", "PCK revocation list signature",
            "TCB info signer root", "TCB info signer", "TCB info signer revocation", "TCB info signature", "QE identity signature", "QE identity kind",
            "PCK chain root", "PCK chain root certificate", "PCK chain authority", "PCK chain authority revocation", "PCK certificate",
            "PCK revocation list", "PCK revocation", "FMSPC", "PCE id",
            "QE vendor", "QE report signature", "attestation key", "QE identity", "quote signature",
            "root certificate dates", "PCK authority certificate dates", "TCB info signer certificate dates", "QE identity signer certificate dates",
            "root revocation list dates", "PCK revocation list dates", "TCB info dates", "QE identity dates",
            "PCK certificate's authority dates", "PCK certificate dates",
            "report data", "debug", "TDX module version", "TDX module signer", "TDX module attributes", "QE version", "TCB level",
            "TCB evaluation number", "TCB status", "TD attributes", "XFAM",
        ]);
    }

    [Fact]
    public void Guests_that_cannot_be_are_refused()
    {
        using var tee = new SimulatedTee(SimulatedScene.DefaultPlatform);
        Should.Throw<ArgumentException>(() => tee.CreateQuote(new SimulatedGuest { BodyKind = QuoteBodyKind.Td15 }, SimulatedScene.Key));
        Should.Throw<ArgumentException>(() => tee.CreateQuote(new SimulatedGuest { QuoteVersion = 3 }, SimulatedScene.Key));
        Should.Throw<ArgumentException>(() => tee.CreateQuote(new SimulatedGuest { Measurements = TeeMeasurements.Sgx(new byte[32]) }, SimulatedScene.Key));
        Should.Throw<ArgumentException>(() => tee.CreateQuote(new SimulatedGuest(), new byte[63]));
        Bits384.Parse(IntelRoots.KeyIdOf(tee.Anchor).ToString()).ShouldBe(IntelRoots.KeyIdOf(tee.Anchor));
    }
}
