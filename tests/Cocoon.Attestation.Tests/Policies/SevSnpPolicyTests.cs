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
    public async Task A_guest_is_accepted_with_the_hash_of_its_measurement()
    {
        var verdict = await Policy().EvaluateAsync(Quote(), EvidenceBinding.ToKey(Key), default);
        verdict.Refusal.ShouldBeNull();
        verdict.Evidence!.Kind.ShouldBe(EvidenceKind.SevSnp);
        verdict.Evidence.PublicKey.ShouldBe(Key);
        verdict.Evidence.ImageHash.ShouldBe(Bits256.Sha256([.. Enumerable.Repeat((byte)9, 48), .. new byte[64]]));
        (await Policy(verdict.Evidence.ImageHash).EvaluateAsync(Quote(), EvidenceBinding.ToKey(Key), default)).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task An_image_that_is_not_listed_is_refused() =>
        (await Policy(Bits256.Zero).EvaluateAsync(Quote(), EvidenceBinding.ToKey(Key), default)).Refusal!.ShouldStartWith("image check: ");

    [Fact]
    public async Task Evidence_for_another_key_and_none_at_all_are_refused()
    {
        (await Policy().EvaluateAsync(Quote(), EvidenceBinding.ToKey(new Ed25519PublicKey(Bits256.Zero)), default)).Refusal!.ShouldStartWith("report data check: ");
        (await Policy().EvaluateAsync(default, EvidenceBinding.ToKey(Key), default)).Refusal!.ShouldContain("carries no quote");
    }

    [Fact]
    public async Task The_clock_decides()
    {
        var late = new SevSnpPolicy(_forge.Verifier, ImageAllowList.Everything, new ManualTimeProvider(SnpForge.Now.AddYears(20)));
        (await late.EvaluateAsync(Quote(), EvidenceBinding.ToKey(Key), default)).Refusal!.ShouldStartWith("endorsement key validity check: ");
    }

    private SevSnpPolicy Policy(params Bits256[] images) => new(_forge.Verifier, new ImageAllowList([.. images]), new ManualTimeProvider(SnpForge.Now));

    private byte[] Quote() => _forge.Make(report =>
    {
        TeeMeasurements.ReportDataOf(Key).CopyTo(report, 0x50);
        report.AsSpan(0x90, 48).Fill(9);
    }).ToBytes();
}
