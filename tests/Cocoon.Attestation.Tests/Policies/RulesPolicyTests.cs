using System.Net;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.PeerInfo;
using Cocoon.Attestation.Policies;
using Cocoon.Attestation.Simulation;
using Cocoon.Attestation.Sources;
using Cocoon.Attestation.Tests.Dcap;
using Cocoon.Attestation.Tests.SevSnp;
using Cocoon.Cryptography;
using Cocoon.Testing;

namespace Cocoon.Attestation.Tests.Policies;

public sealed class RulesPolicyTests
{
    private static readonly EvidenceBinding Binding = EvidenceBinding.ToKey(new Ed25519PublicKey(Bits256.Sha256("a guest's key"u8)));
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Whichever_accepted_kind_a_peer_shows_is_judged_by_the_rules_of_that_kind()
    {
        var policy = Create(EvidenceKind.FakeTdx, EvidenceKind.SimulatedTdx, EvidenceKind.Tdx, EvidenceKind.SevSnp);
        (await policy.EvaluateAsync(await QuoteAsync("fake_tdx"), Binding, default)).Evidence!.Kind.ShouldBe(EvidenceKind.FakeTdx);
        (await policy.EvaluateAsync(await QuoteAsync("simulated_tdx"), Binding, default)).Evidence!.Kind.ShouldBe(EvidenceKind.SimulatedTdx);
        (await policy.EvaluateAsync(Report(), Binding, default)).Refusal!.ShouldContain("ARK-Genoa");
        // The form of a quote, and not of the simulated platform: it is held to Intel's root.
        using var other = new SimulatedTee(SimulatedScene.DefaultPlatform);
        (await policy.EvaluateAsync(other.CreateQuote(new SimulatedGuest(), Binding.Key), Binding, default)).Refusal!.ShouldContain("wanted Intel SGX Root CA");
    }

    [Fact]
    public async Task A_kind_that_is_not_accepted_is_refused_by_what_it_looks_like()
    {
        var policy = Create(EvidenceKind.Tdx, EvidenceKind.SevSnp);
        (await policy.EvaluateAsync(await QuoteAsync("fake_tdx"), Binding, default)).Refusal.ShouldBe(
            "kind check: found the network's stand-in for a quote, wanted tdx or sev_snp; start the peer with such a source of evidence.");
        (await policy.EvaluateAsync(default, Binding, default)).Refusal!.ShouldStartWith("kind check: found no quote, wanted tdx or sev_snp");
        (await policy.EvaluateAsync(new byte[] { 1, 2, 3 }, Binding, default)).Refusal!.ShouldStartWith("kind check: found bytes that are no evidence known here");
        (await policy.EvaluateAsync(await QuoteAsync("simulated_tdx"), Binding, default)).Refusal!.ShouldStartWith("PCK chain root check: ");
        (await Create(EvidenceKind.SimulatedTdx, EvidenceKind.FakeTdx).EvaluateAsync(Report(), Binding, default)).Refusal!.ShouldStartWith("kind check: found a report of AMD SEV-SNP");
    }

    [Fact]
    public void A_routers_word_is_judged_by_the_rules_of_the_kind_it_tells_of()
    {
        var zero = new MeasurementPattern([null, null, null, null, Bits384.Zero, null, null, null]);
        var other = new MeasurementPattern([Bits384.Sha384("another"u8), null, null, null, null, null, null, null]);
        var told = AttestedPeerInfo.Of(
            new PeerEvidence(EvidenceKind.SimulatedTdx, default, Binding.Key, default) { Measurements = TeeMeasurements.ZeroTdx, CollateralRootHash = PublicSimulation.RootKeyId.ToArray() },
            new IPEndPoint(IPAddress.Loopback, 1), new IPEndPoint(IPAddress.Loopback, 2));
        var rules = new EvidenceRules { Name = "rules", Kinds = [EvidenceKind.SimulatedTdx, EvidenceKind.SevSnp] };
        Evaluate(rules).Evidence.ShouldNotBeNull();
        Evaluate(rules with { Kinds = [EvidenceKind.Tdx, EvidenceKind.SevSnp] }).Refusal.ShouldBe("kind check: the router tells of a peer with evidence SimulatedTdx, wanted tdx or sev_snp.");
        Evaluate(rules with { Images = new ImageAllowList([Bits256.Zero]) }).Refusal!.ShouldStartWith("image check: ");
        Evaluate(rules with { Tdx = new QuoteRequirements { Measurements = [other, zero] } }).Evidence.ShouldNotBeNull();
        Evaluate(rules with { Tdx = new QuoteRequirements { Measurements = [other] } }).Refusal!.ShouldStartWith($"measurements check: found mrTd {Bits384.Zero}, wanted mrTd ");

        PolicyVerdict Evaluate(EvidenceRules wanted) => EvidencePolicies.Create(wanted, new PolicyServices(_time)).Evaluate(told);
    }

    [Fact]
    public async Task Measurements_and_the_age_of_collateral_are_checked_of_a_quote()
    {
        var quote = await QuoteAsync("simulated_tdx");
        var rules = EvidenceRules.Of(EvidenceKind.SimulatedTdx);
        var measured = new MeasurementPattern([null, null, null, null, null, null, null, Bits384.Zero]);
        var strict = rules with { Tdx = new QuoteRequirements { Measurements = [measured], MaxCollateralAge = TimeSpan.FromDays(2) } };
        var evidence = (await Create(strict).EvaluateAsync(quote, Binding, default)).Evidence.ShouldNotBeNull();
        // The simulation's collateral is of the beginning of the day.
        evidence.ValidUntil.ShouldBe(new DateTimeOffset(_time.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero).AddDays(2));

        var others = rules with { Tdx = new QuoteRequirements { Measurements = [new MeasurementPattern([Bits384.Sha384("another"u8), null, null, null, null, null, null, null])] } };
        (await Create(others).EvaluateAsync(quote, Binding, default)).Refusal!.ShouldStartWith("measurements check: found mrTd ");
    }

    [Fact]
    public void Old_collateral_is_refused_though_it_is_still_valid()
    {
        var young = new SimulatedScene { Requirements = new QuoteRequirements { MaxCollateralAge = TimeSpan.FromDays(10) }, Time = SimulatedScene.Start.AddDays(10) };
        young.FirstFailure().ShouldBeNull();
        young.Verify().Evidence!.ValidUntil.ShouldBe(SimulatedScene.Start.AddDays(10));
        (young with { Time = SimulatedScene.Start.AddDays(10).AddSeconds(1) }).FirstFailure().ShouldBe(
            "collateral age check: found 10.0 days, wanted at most 10 days; fetch the collateral again.");
    }

    [Fact]
    public void A_policy_tells_what_it_wants_through_its_cache()
    {
        var rules = EvidenceRules.Of(EvidenceKind.FakeTdx) with { Name = Path.Combine("some", "folder", "peers.json"), Gpu = new(), Freshness = FreshnessRule.Required, MaxCertificateLifetime = TimeSpan.FromHours(2) };
        IEvidencePolicy policy = Create(rules);
        policy.Rules.ShouldBe(rules);
        policy.Name.ShouldBe("peers.json", "peers are told it, and a folder is nothing for them");
        policy.Gpu.ShouldBe(rules.Gpu);
        policy.Freshness.ShouldBe(FreshnessRule.Required);
        IEvidencePolicy any = new AnyPolicy();
        any.Rules.Accepts.ShouldBe("every peer, without evidence");
        any.Rules.Tier.ShouldBe(EvidenceTier.None);
        any.Rules.Relaxations.ShouldBeEmpty();
    }

    private IEvidencePolicy Create(params EvidenceKind[] kinds) => Create(new EvidenceRules { Name = "rules", Kinds = [.. kinds] });

    private IEvidencePolicy Create(EvidenceRules rules) => EvidencePolicies.Create(rules, new PolicyServices(_time));

    private static ValueTask<ReadOnlyMemory<byte>> QuoteAsync(string source) => EvidenceSources.Create(source).CreateQuoteAsync(Binding.ReportData, default);

    private static byte[] Report() => new SnpForge().Make(report => Binding.ReportData.CopyTo(report.AsMemory(0x50))).ToBytes();
}
