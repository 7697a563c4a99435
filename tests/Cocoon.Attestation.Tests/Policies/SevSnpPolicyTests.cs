using Cocoon.Attestation.Policies;
using Cocoon.Attestation.Tests.SevSnp;
using Cocoon.Cryptography;
using Cocoon.Testing;

namespace Cocoon.Attestation.Tests.Policies;

public sealed class SevSnpPolicyTests
{
    private static readonly Ed25519PublicKey Key = new(Bits256.Sha256("a key"u8));

    private readonly SnpForge _forge = new();

    [Fact]
    public void A_guest_is_accepted_with_the_hash_of_its_measurement()
    {
        var verdict = Policy().Evaluate(Quote(), Key);
        verdict.Refusal.ShouldBeNull();
        verdict.Evidence!.Kind.ShouldBe(EvidenceKind.SevSnp);
        verdict.Evidence.PublicKey.ShouldBe(Key);
        verdict.Evidence.ImageHash.ShouldBe(Bits256.Sha256([.. Enumerable.Repeat((byte)9, 48), .. new byte[64]]));
        Policy(verdict.Evidence.ImageHash).Evaluate(Quote(), Key).Refusal.ShouldBeNull();
    }

    [Fact]
    public void An_image_that_is_not_listed_is_refused() => Policy(Bits256.Zero).Evaluate(Quote(), Key).Refusal!.ShouldStartWith("image check: ");

    [Fact]
    public void Evidence_for_another_key_and_none_at_all_are_refused()
    {
        Policy().Evaluate(Quote(), new Ed25519PublicKey(Bits256.Zero)).Refusal!.ShouldStartWith("report data check: ");
        Policy().Evaluate([], Key).Refusal!.ShouldContain("carries no quote");
    }

    [Fact]
    public void The_clock_decides()
    {
        var late = new SevSnpPolicy(_forge.Verifier, ImageAllowList.Everything, new ManualTimeProvider(SnpForge.Now.AddYears(20)));
        late.Evaluate(Quote(), Key).Refusal!.ShouldStartWith("endorsement key validity check: ");
    }

    private SevSnpPolicy Policy(params Bits256[] images) => new(_forge.Verifier, new ImageAllowList([.. images]), new ManualTimeProvider(SnpForge.Now));

    private byte[] Quote() => _forge.Make(report =>
    {
        TeeMeasurements.ReportDataOf(Key).CopyTo(report, 0x50);
        report.AsSpan(0x90, 48).Fill(9);
    }).ToBytes();
}
