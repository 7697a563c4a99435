using Cocoon.Attestation.Policies;
using Cocoon.Attestation.SevSnp;
using Cocoon.Attestation.Tests.SevSnp;
using Cocoon.Attestation.Tests.Vendors;
using Cocoon.Cryptography;
using Cocoon.Testing;

namespace Cocoon.Attestation.Tests.Policies;

public sealed class SevSnpPolicyTests
{
    private static readonly Ed25519PublicKey Key = new(Bits256.Sha256("a key"u8));

    private readonly SnpForge _forge = new();
    private readonly ManualTimeProvider _time = new(SnpForge.Now);

    [Fact]
    public async Task A_guest_is_accepted_with_the_hash_of_its_measurement()
    {
        var verdict = await Policy().EvaluateAsync(Quote(), EvidenceBinding.ToKey(Key), default);
        verdict.Refusal.ShouldBeNull();
        verdict.Evidence!.Kind.ShouldBe(EvidenceKind.SevSnp);
        verdict.Evidence.PublicKey.ShouldBe(Key);
        verdict.Evidence.ValidUntil.ShouldNotBeNull().ShouldBeGreaterThan(SnpForge.Now);
        verdict.Evidence.ImageHash.ShouldBe(Bits256.Sha256([.. Enumerable.Repeat((byte)9, 48), .. new byte[64]]));
        (await Policy(verdict.Evidence.ImageHash).EvaluateAsync(Quote(), EvidenceBinding.ToKey(Key), default)).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task An_image_that_is_not_listed_is_refused() =>
        (await Policy(Bits256.Zero).EvaluateAsync(Quote(), EvidenceBinding.ToKey(Key), default)).Refusal!.ShouldStartWith("image check: ");

    [Fact]
    public async Task Negative_evidence_for_another_key_or_none_to_the_sev_snp_policy()
    {
        (await Policy().EvaluateAsync(Quote(), EvidenceBinding.ToKey(new Ed25519PublicKey(Bits256.Zero)), default)).Refusal!.ShouldStartWith("report data check: ");
        (await Policy().EvaluateAsync(default, EvidenceBinding.ToKey(Key), default)).Refusal!.ShouldContain("carries no quote");
    }

    [Fact]
    public async Task The_clock_decides()
    {
        var late = Policy(new SnpEndorsementStore(_time, roots: _forge.Endorsements.Roots), new ManualTimeProvider(SnpForge.Now.AddYears(20)));
        (await late.EvaluateAsync(Quote(), EvidenceBinding.ToKey(Key), default)).Refusal!.ShouldStartWith("endorsement key validity check: ");
    }

    [Fact]
    public async Task What_AMD_publishes_completes_a_report_and_its_list_is_demanded()
    {
        var amd = new FakeVendor();
        var policy = Policy(new SnpEndorsementStore(_time, amd, null, _forge.Endorsements.Roots), _time);
        (await policy.EvaluateAsync(Quote(), EvidenceBinding.ToKey(Key), default)).Refusal!.ShouldBe(
            "endorsement key revocation check: found no list, wanted the list of CN=test ARK; fetch it from the vendor. "
            + "collateral check: found status 404 at vcek/v1/Genoa/cert_chain, wanted 200.");
        amd.Publish(_forge);
        _time.Advance(TimeSpan.FromMinutes(1));
        var bare = Quote()[..SnpReport.Size];
        (await policy.EvaluateAsync(bare, EvidenceBinding.ToKey(Key), default)).Refusal.ShouldBeNull();
        (await Policy().EvaluateAsync(bare, EvidenceBinding.ToKey(Key), default)).Refusal!.ShouldStartWith("endorsement key check: found no certificate");
    }

    [Fact]
    public async Task Bytes_that_are_no_report_are_refused() =>
        (await Policy().EvaluateAsync(new byte[SnpReport.Size], EvidenceBinding.ToKey(Key), default)).Refusal!.ShouldStartWith("report format check: ");

    private SevSnpPolicy Policy(params Bits256[] images) =>
        new(new SnpEndorsementStore(_time, roots: _forge.Endorsements.Roots), new SnpRequirements(), new ImageAllowList([.. images]), _time);

    private static SevSnpPolicy Policy(SnpEndorsementStore endorsements, TimeProvider time) => new(endorsements, new SnpRequirements(), ImageAllowList.Everything, time);

    private byte[] Quote() => _forge.Make(report =>
    {
        TeeMeasurements.ReportDataOf(Key).CopyTo(report, 0x50);
        report.AsSpan(0x90, 48).Fill(9);
    }).ToBytes();
}
