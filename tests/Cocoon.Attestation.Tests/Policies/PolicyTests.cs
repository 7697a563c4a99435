using System.Net;
using Cocoon.Attestation.PeerInfo;
using Cocoon.Attestation.Policies;
using Cocoon.Attestation.Sources;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Tests.Policies;

public sealed class PolicyTests
{
    private static readonly Ed25519PublicKey Key = new(Bits256.Sha256("key"u8));
    private static readonly byte[] Root = [1, .. new byte[47]];

    /// <summary>What a router tells of a stand-in.</summary>
    private static readonly AttestedPeerInfo Told = AttestedPeerInfo.Of(
        new PeerEvidence(EvidenceKind.FakeTdx, TeeMeasurements.ZeroTdx.ImageHash, Key, default) { Measurements = TeeMeasurements.ZeroTdx },
        new IPEndPoint(IPAddress.Loopback, 1), new IPEndPoint(IPAddress.Loopback, 2));

    [Fact]
    public async Task Any_accepts_everybody_and_takes_no_quote_for_evidence()
    {
        var quote = await EvidenceSources.Create("fake_tdx").CreateQuoteAsync(TeeMeasurements.ReportDataOf(Key), default);
        foreach (var given in new[] { ReadOnlyMemory<byte>.Empty, quote, new byte[10] })
        {
            var verdict = await EvidencePolicies.Create("any").EvaluateAsync(given, EvidenceBinding.ToKey(Key), default);
            verdict.Refusal.ShouldBeNull();
            verdict.Evidence.ShouldNotBeNull().ShouldBe(PeerEvidence.Unattested(Key));
            verdict.Evidence.ImageHash.ShouldBe(Bits256.Zero);
        }
    }

    [Fact]
    public async Task The_stand_in_accepts_the_quote_of_the_key()
    {
        var quote = await EvidenceSources.Create("fake_tdx").CreateQuoteAsync(TeeMeasurements.ReportDataOf(Key), default);
        var evidence = (await EvidencePolicies.Create("fake_tdx").EvaluateAsync(quote, EvidenceBinding.ToKey(Key), default)).Evidence.ShouldNotBeNull();
        evidence.Kind.ShouldBe(EvidenceKind.FakeTdx);
        evidence.PublicKey.ShouldBe(Key);
        evidence.ImageHash.ShouldBe(TeeMeasurements.ZeroTdx.ImageHash);
        evidence.Measurements.ShouldBe(TeeMeasurements.ZeroTdx);
        evidence.Quote.ToArray().ShouldBe(quote.ToArray());
    }

    [Fact]
    public async Task The_stand_in_refuses_no_quote_another_size_and_another_key()
    {
        var policy = EvidencePolicies.Create("fake_tdx");
        var quote = (await EvidenceSources.Create("fake_tdx").CreateQuoteAsync(TeeMeasurements.ReportDataOf(Key), default)).ToArray();
        (await policy.EvaluateAsync(default, EvidenceBinding.ToKey(Key), default)).Refusal!.ShouldStartWith("quote check: the certificate carries no quote");
        (await policy.EvaluateAsync(quote.AsMemory(1), EvidenceBinding.ToKey(Key), default)).Refusal!.ShouldStartWith("quote check: found 63 bytes, wanted a fake_tdx quote of 64");
        (await policy.EvaluateAsync((byte[])[.. quote, 0], EvidenceBinding.ToKey(Key), default)).Refusal!.ShouldStartWith("quote check: found 65 bytes");
        (await policy.EvaluateAsync(quote, EvidenceBinding.ToKey(new Ed25519PublicKey(Bits256.Sha256("other"u8))), default)).Refusal!.ShouldStartWith("key binding check");
        quote[63] ^= 1;
        (await policy.EvaluateAsync(quote, EvidenceBinding.ToKey(Key), default)).Refusal!.ShouldStartWith("key binding check");
    }

    [Fact]
    public void Any_accepts_whatever_a_router_tells_and_takes_none_of_it_for_evidence()
    {
        foreach (var told in new[] { Told, Told with { Measurements = null }, Told with { CollateralRootHash = Root } })
            EvidencePolicies.Create("any").Evaluate(told).Evidence.ShouldBe(PeerEvidence.Unattested(Key));
    }

    [Fact]
    public void The_stand_in_takes_a_routers_word_for_a_stand_in_of_the_key_only()
    {
        var policy = EvidencePolicies.Create("fake_tdx");
        var evidence = policy.Evaluate(Told).Evidence.ShouldNotBeNull();
        (evidence.Kind, evidence.PublicKey, evidence.ImageHash).ShouldBe((EvidenceKind.FakeTdx, Key, TeeMeasurements.ZeroTdx.ImageHash));

        policy.Evaluate(Told with { Measurements = null }).Refusal!.ShouldContain("evidence None, wanted FakeTdx");
        policy.Evaluate(Told with { Measurements = TeeMeasurements.Sgx(new byte[32]) }).Refusal!.ShouldContain("evidence None, wanted FakeTdx");
        policy.Evaluate(Told with { CollateralRootHash = Root }).Refusal!.ShouldContain("evidence Tdx, wanted FakeTdx");
        policy.Evaluate(Told with { PublicKey = new Ed25519PublicKey(Bits256.Sha256("other"u8)) }).Refusal!.ShouldStartWith("key binding check");
        policy.Evaluate(Told with { Measurements = TeeMeasurements.Tdx([1, .. new byte[383]]) }).Refusal!.ShouldStartWith("measurement check");
        var other = Bits256.Sha256("other image"u8);
        EvidencePolicies.Create("fake_tdx", new ImageAllowList([other])).Evaluate(Told).Refusal!.ShouldStartWith("image check");
    }

    [Fact]
    public async Task Only_listed_images_are_accepted_where_there_is_a_list()
    {
        var quote = await EvidenceSources.Create("fake_tdx").CreateQuoteAsync(TeeMeasurements.ReportDataOf(Key), default);
        var other = Bits256.Sha256("other image"u8);
        (await EvidencePolicies.Create("fake_tdx", new ImageAllowList([other])).EvaluateAsync(quote, EvidenceBinding.ToKey(Key), default)).Refusal.ShouldBe(
            $"image check: found image {TeeMeasurements.ZeroTdx.ImageHash}, wanted one of {other}.");
        (await EvidencePolicies.Create("fake_tdx", new ImageAllowList([other, TeeMeasurements.ZeroTdx.ImageHash])).EvaluateAsync(quote, EvidenceBinding.ToKey(Key), default)).Refusal.ShouldBeNull();
        (await EvidencePolicies.Create("fake_tdx", new ImageAllowList([])).EvaluateAsync(quote, EvidenceBinding.ToKey(Key), default)).Refusal.ShouldBeNull();
    }

    [Fact]
    public void Any_cannot_have_a_list_of_images() =>
        Should.Throw<ArgumentException>(() => EvidencePolicies.Create("any", new ImageAllowList([Bits256.Zero]))).Message.ShouldContain("knows no images");

    [Fact]
    public void Names_that_are_not_there_are_refused_with_those_that_are()
    {
        Should.Throw<ArgumentException>(() => EvidencePolicies.Create("skip")).Message.ShouldContain("'skip'; choose one of any, fake_tdx");
        Should.Throw<ArgumentException>(() => EvidenceSources.Create("skip")).Message.ShouldContain("'skip'; choose one of none, fake_tdx");
    }

    [Fact]
    public void Every_name_makes_what_it_names()
    {
        foreach (var name in EvidencePolicies.Names) EvidencePolicies.Create(name).Name.ShouldBe(name);
        foreach (var name in EvidenceSources.Names) EvidenceSources.Create(name).Name.ShouldBe(name);
    }

    [Fact]
    public async Task No_evidence_is_an_empty_quote()
    {
        var source = EvidenceSources.Create("none");
        source.Kind.ShouldBe(EvidenceKind.None);
        (await source.CreateQuoteAsync(TeeMeasurements.ReportDataOf(Key), default)).IsEmpty.ShouldBeTrue();
    }
}
