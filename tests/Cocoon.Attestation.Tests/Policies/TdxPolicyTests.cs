using System.Net;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.PeerInfo;
using Cocoon.Attestation.Policies;
using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.Simulation;
using Cocoon.Attestation.Sources;
using Cocoon.Attestation.Tests.Dcap;
using Cocoon.Attestation.Tests.Vectors;
using Cocoon.Cryptography;
using Cocoon.Testing;

namespace Cocoon.Attestation.Tests.Policies;

public sealed class TdxPolicyTests : IDisposable
{
    private static readonly Ed25519PublicKey Key = new(Bits256.Sha256("a guest's key"u8));
    private static readonly Ed25519PublicKey OtherKey = new(Bits256.Sha256("another key"u8));
    private readonly ManualTimeProvider _time = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cocoon-image-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_simulated_guest_is_accepted_with_the_image_of_its_files()
    {
        var files = new[] { Write("program", "one"), Write("model", "two") };
        var verdict = await Policy("simulated_tdx").EvaluateAsync(await QuoteAsync(files), EvidenceBinding.ToKey(Key), default);
        verdict.Refusal.ShouldBeNull();
        var evidence = verdict.Evidence!;
        evidence.Kind.ShouldBe(EvidenceKind.SimulatedTdx);
        evidence.ImageHash.ShouldBe(SimulatedImage.Measure(files).ImageHash);
        evidence.CollateralRootHash.ToArray().ShouldBe(PublicSimulation.RootKeyId.ToArray());
        evidence.ValidUntil.ShouldBe(_time.GetUtcNow().AddDays(30));
    }

    [Fact]
    public void Each_file_of_an_image_has_a_register_of_its_own_and_its_order_counts()
    {
        var (one, two) = (Write("one", "1"), Write("two", "2"));
        var zero = new byte[48];
        byte[] Register(TeeMeasurements measured, int index) => measured.Packed.Slice((4 + index) * 48, 48).ToArray();
        var measured = SimulatedImage.Measure([one, two]);
        Register(measured, 0).ShouldBe(zero);
        Register(measured, 1).ShouldNotBe(zero);
        Register(measured, 3).ShouldBe(zero);
        Register(SimulatedImage.Measure([one]), 1).ShouldBe(Register(measured, 1));
        SimulatedImage.Measure([two, one]).ImageHash.ShouldNotBe(measured.ImageHash);
        Should.Throw<ArgumentException>(() => SimulatedImage.Measure([one, one, one, one])).Message.ShouldContain("at most 3 files, found 4");
        Should.Throw<AttestationException>(() => SimulatedImage.Measure([one + ".not"])).Message.ShouldContain("cannot be measured");
    }

    [Fact]
    public async Task No_quote_a_changed_one_another_keys_and_an_image_not_listed_are_refused_by_name()
    {
        var policy = Policy("simulated_tdx");
        var quote = (await QuoteAsync([])).ToArray();
        (await policy.EvaluateAsync(default, EvidenceBinding.ToKey(Key), default)).Refusal.ShouldBe(
            "quote format check: found no quote, wanted a quote of version 3, 4 or 5; start the peer with a source of evidence.");
        (await policy.EvaluateAsync(quote, EvidenceBinding.ToKey(OtherKey), default)).Refusal!.ShouldStartWith("report data check: ");
        var changed = (byte[])[.. quote];
        changed[200] ^= 1;
        (await policy.EvaluateAsync(changed, EvidenceBinding.ToKey(Key), default)).Refusal!.ShouldStartWith("quote signature check: ");
        var listed = EvidencePolicies.Create("simulated_tdx", new ImageAllowList([Bits256.Zero]), new PolicyServices(_time));
        (await listed.EvaluateAsync(quote, EvidenceBinding.ToKey(Key), default)).Refusal!.ShouldStartWith("image check: ");
        (await policy.EvaluateAsync(await EvidenceSources.Create("fake_tdx").CreateQuoteAsync(TeeMeasurements.ReportDataOf(Key), default), EvidenceBinding.ToKey(Key), default)).Refusal!.ShouldStartWith("quote format check: ");
    }

    [Fact]
    public async Task Negative_simulated_quote_in_a_production_network_is_refused_and_fetches_nothing()
    {
        var source = new CountingSource();
        var policy = EvidencePolicies.Create("tdx", services: new PolicyServices(_time, source));
        (await policy.EvaluateAsync(await QuoteAsync([]), EvidenceBinding.ToKey(Key), default)).Refusal.ShouldBe(
            "PCK chain root check: found another root, wanted Intel SGX Root CA; the hardware's vendor did not certify it.");
        source.Calls.ShouldBe(0);
    }

    [Fact]
    public async Task Negative_evidence_for_another_key_to_the_simulated_tdx_policy() =>
        (await Policy("simulated_tdx").EvaluateAsync(await QuoteAsync([]), EvidenceBinding.ToKey(OtherKey), default)).Refusal!.ShouldStartWith("report data check: ");

    /// <summary>
    /// The real quote's report data is no hash of a key that anybody here holds, so no binding fits it and the policy cannot accept it. It can be
    /// refused for that alone: the verifier that the policy asks passes everything else, and all of it when it is told the quote's own report data.
    /// </summary>
    [VectorFact]
    public async Task The_real_quote_passes_the_tdx_policy_in_everything_but_its_key()
    {
        var quote = IntelVectors.TdxQuote;
        var source = new KnownSource(IntelVectors.TdxCollateral);
        var policy = EvidencePolicies.Create("tdx", services: new PolicyServices(new ManualTimeProvider(IntelVectors.Time), source));
        var found = Quote.TryParse(quote, out var parsed, out _) ? Convert.ToHexStringLower(parsed.ReportData) : "";

        var binding = EvidenceBinding.ToKey(Key);
        var verdict = await policy.EvaluateAsync(quote, binding, default);

        verdict.Refusal.ShouldBe($"report data check: found {found}, wanted {Convert.ToHexStringLower(binding.ReportData.Span)}, made of the key that the quote has to vouch for.");
        source.Asked.ShouldBe(new DcapPlatform(TeeMeasurementKind.Tdx, "b0c06f000000", "platform"));
        var collateral = VerifiedCollateral.Verify(IntelVectors.TdxCollateral, IntelRoots.Sgx);
        QuoteVerifier.Verify(quote, binding.ReportData.Span, collateral, QuoteRequirements.Default, IntelVectors.Time).Report.Checks
            .Where(check => !check.Passed).Select(check => check.Name).ShouldBe(["report data"]);
        QuoteVerifier.Verify(quote, Convert.FromHexString(found), collateral, QuoteRequirements.Default, IntelVectors.Time).Evidence.ShouldNotBeNull();
    }

    [Fact]
    public async Task Processes_that_began_on_different_days_accept_each_other()
    {
        var quote = await QuoteAsync([]);
        _time.Advance(TimeSpan.FromDays(400));
        (await Policy("simulated_tdx").EvaluateAsync(quote, EvidenceBinding.ToKey(Key), default)).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task A_process_that_runs_for_years_stays_able_to_judge()
    {
        var policy = Policy("simulated_tdx");
        var quote = await QuoteAsync([]);
        for (var day = 0; day < 800; day += 20)
        {
            (await policy.EvaluateAsync(quote, EvidenceBinding.ToKey(Key), default)).Refusal.ShouldBeNull();
            _time.Advance(TimeSpan.FromDays(20));
        }
    }

    [Fact]
    public void A_routers_word_is_taken_for_the_policys_own_root_and_the_peers_own_key_only()
    {
        var told = AttestedPeerInfo.Of(
            new PeerEvidence(EvidenceKind.Tdx, default, Key, default) { Measurements = TeeMeasurements.ZeroTdx, CollateralRootHash = IntelRoots.KeyIdOf(IntelRoots.Sgx).ToArray() },
            new IPEndPoint(IPAddress.Loopback, 1), new IPEndPoint(IPAddress.Loopback, 2));
        var simulated = told with { CollateralRootHash = PublicSimulation.RootKeyId.ToArray() };
        told.Kind.ShouldBe(EvidenceKind.Tdx);
        simulated.Kind.ShouldBe(EvidenceKind.SimulatedTdx);

        var policy = Policy("tdx");
        policy.Evaluate(told).Evidence.ShouldNotBeNull().Kind.ShouldBe(EvidenceKind.Tdx);
        policy.Evaluate(simulated).Refusal!.ShouldBe("kind check: the router tells of a peer with evidence SimulatedTdx, wanted Tdx.");
        policy.Evaluate(told with { CollateralRootHash = (byte[])[1, .. new byte[47]] }).Refusal!.ShouldStartWith("root check: ");
        policy.Evaluate(told with { CollateralRootHash = new byte[48] }).Refusal!.ShouldContain("evidence FakeTdx, wanted Tdx");
        policy.Evaluate(told with { PublicKey = OtherKey }).Refusal!.ShouldStartWith("key binding check: ");
        policy.Evaluate(told with { Measurements = null }).Refusal!.ShouldContain("evidence None, wanted Tdx");
        Policy("simulated_tdx").Evaluate(simulated).Evidence.ShouldNotBeNull().Kind.ShouldBe(EvidenceKind.SimulatedTdx);
        Policy("simulated_tdx").Evaluate(told).Refusal!.ShouldContain("evidence Tdx, wanted SimulatedTdx");
    }

    private IEvidencePolicy Policy(string name) => EvidencePolicies.Create(name, services: new PolicyServices(_time));

    private static ValueTask<ReadOnlyMemory<byte>> QuoteAsync(IReadOnlyList<string> files) =>
        EvidenceSources.Create("simulated_tdx", files).CreateQuoteAsync(TeeMeasurements.ReportDataOf(Key), default);

    private string Write(string name, string text)
    {
        var file = Path.Combine(_folder.FullName, name);
        File.WriteAllText(file, text);
        return file;
    }

    private sealed class KnownSource(DcapCollateral collateral) : ICollateralSource
    {
        public DcapPlatform? Asked { get; private set; }

        public Task<DcapCollateral> GetAsync(DcapPlatform platform, CancellationToken cancellationToken)
        {
            Asked = platform;
            return Task.FromResult(collateral);
        }
    }

    private sealed class CountingSource : ICollateralSource
    {
        public int Calls { get; private set; }

        public Task<DcapCollateral> GetAsync(DcapPlatform platform, CancellationToken cancellationToken)
        {
            Calls++;
            throw new AttestationException("none");
        }
    }
}
