using Cocoon.Attestation.Policies;
using Cocoon.Attestation.Sources;
using Cocoon.Cryptography;
using Cocoon.Testing;

namespace Cocoon.Attestation.Tests;

public sealed class FreshEvidenceTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData("fake_tdx")]
    [InlineData("simulated_tdx")]
    public async Task Both_ends_of_a_connection_prove_themselves_for_it(string kind)
    {
        using var side = Make(kind, kind);
        await using var pair = await ConnectAsync(side, side);
        (await pair.Dialled.FindRefusalAsync(await pair.Served.ProveAsync(default), default)).ShouldBeNull();
        (await pair.Served.FindRefusalAsync(await pair.Dialled.ProveAsync(default), default)).ShouldBeNull();
    }

    [Theory]
    [InlineData("fake_tdx", "key binding check: ")]
    [InlineData("simulated_tdx", "report data check: ")]
    public async Task Negative_replayed_evidence_on_another_connection_is_refused(string kind, string check)
    {
        using var side = Make(kind, "any");
        using var verifier = Make("none", kind);
        await using var first = await ConnectAsync(side, verifier);
        await using var second = await ConnectAsync(side, verifier);
        // The same key, the same certificate: all that a thief of the key could show.
        second.Dialled.Peer.PublicKey.ShouldBe(first.Dialled.Peer.PublicKey);
        var shown = await first.Served.ProveAsync(default);
        (await first.Dialled.FindRefusalAsync(shown, default)).ShouldBeNull();
        (await second.Dialled.FindRefusalAsync(shown, default))!.ShouldStartWith($"policy '{kind}': {check}");
        (await second.Dialled.FindRefusalAsync(new FreshEvidence(second.Dialled.Peer.Quote, []), default))!.ShouldStartWith($"policy '{kind}': {check}");
    }

    [Fact]
    public async Task Evidence_for_a_nonce_is_not_evidence_for_a_connection()
    {
        using var side = Make("simulated_tdx", "simulated_tdx");
        await using var pair = await ConnectAsync(side, side);
        var nonce = Bits256.Random();
        var shown = await pair.Served.ProveAsync(nonce, default);
        (await pair.Dialled.FindRefusalAsync(shown, default))!.ShouldStartWith("policy 'simulated_tdx': report data check: ");
        var judge = EvidencePolicies.Create("simulated_tdx", services: new PolicyServices(_time));
        (await judge.EvaluateAsync(shown.Quote, EvidenceBinding.ToNonce(pair.Dialled.Peer.PublicKey, nonce, []), default)).Refusal.ShouldBeNull();
        (await judge.EvaluateAsync(shown.Quote, EvidenceBinding.ToNonce(pair.Dialled.Peer.PublicKey, Bits256.Random(), []), default))
            .Refusal!.ShouldStartWith("report data check: ");
    }

    [Fact]
    public async Task Fresh_evidence_has_to_be_of_the_image_in_the_certificate()
    {
        var file = Path.GetTempFileName();
        try
        {
            // An honest machine of another image helps whoever holds the key.
            var helper = EvidenceSources.Create("simulated_tdx", [file]);
            var asked = 0;
            using var side = Make(new DelegatedSource((reportData, token) => (asked++ == 0 ? EvidenceSources.Create("simulated_tdx") : helper).CreateQuoteAsync(reportData, token)));
            using var verifier = Make("none", "simulated_tdx");
            await using var pair = await ConnectAsync(side, verifier);
            (await pair.Dialled.FindRefusalAsync(await pair.Served.ProveAsync(default), default))!.ShouldStartWith("image check: found SimulatedTdx image ");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Who_need_not_attest_need_not_prove_anything_fresh()
    {
        using var side = Make("none", "any");
        await using var pair = await ConnectAsync(side, side);
        var shown = await pair.Served.ProveAsync(default);
        shown.Quote.IsEmpty.ShouldBeTrue();
        (await pair.Dialled.FindRefusalAsync(shown, default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_quote_that_nobody_waits_for_any_more_keeps_its_place_until_it_is_made()
    {
        var asked = 0;
        var hold = new TaskCompletionSource<ReadOnlyMemory<byte>>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var side = Make(new DelegatedSource((reportData, _) => Interlocked.Increment(ref asked) is 2 or 3 ? new(hold.Task) : new(reportData)));
        using var verifier = Make("none", "any");
        await using var pair = await ConnectAsync(side, verifier);
        using var leaving = new CancellationTokenSource();
        var left = new[] { pair.Served.ProveAsync(leaving.Token).AsTask(), pair.Served.ProveAsync(leaving.Token).AsTask() };
        await leaving.CancelAsync();
        foreach (var proof in left) await Should.ThrowAsync<OperationCanceledException>(proof.WaitAsync(Patience));
        var waiting = pair.Served.ProveAsync(default).AsTask();
        asked.ShouldBe(3);
        hold.SetResult(new byte[64]);
        (await waiting.WaitAsync(Patience)).Quote.Length.ShouldBe(TeeMeasurements.ReportDataSize);
        asked.ShouldBe(4);
    }

    [Fact]
    public void Each_binding_has_report_data_of_its_own()
    {
        var key = new Ed25519PublicKey(Bits256.Sha256("key"u8));
        var (one, two) = (Bits256.Sha256("1"u8), Bits256.Sha256("2"u8));
        EvidenceBinding[] bindings =
        [
            EvidenceBinding.ToKey(key),
            EvidenceBinding.ToConnection(key, one, []),
            EvidenceBinding.ToConnection(key, two, []),
            EvidenceBinding.ToConnection(key, one, [one]),
            EvidenceBinding.ToConnection(key, one, [one, two]),
            EvidenceBinding.ToNonce(key, one, []),
            EvidenceBinding.ToConnection(new Ed25519PublicKey(one), one, []),
        ];
        bindings.Select(binding => Convert.ToHexString(binding.ReportData.Span)).Distinct().Count().ShouldBe(bindings.Length);
        bindings.ShouldAllBe(binding => binding.ReportData.Length == TeeMeasurements.ReportDataSize);
        bindings.Count(binding => binding.IsLasting).ShouldBe(1);
        EvidenceBinding.ToConnection(key, one, [two, one]).ReportData.ToArray().ShouldBe(bindings[4].ReportData.ToArray());
    }

    private AttestedTls Make(string evidence, string policy) =>
        new(EvidenceSources.Create(evidence), EvidencePolicies.Create(policy, services: new PolicyServices(_time)), new AttestedTlsOptions(), _time);

    private AttestedTls Make(IEvidenceSource source) => new(source, new AnyPolicy(), new AttestedTlsOptions(), _time);

    private static async Task<Pair> ConnectAsync(AttestedTls server, AttestedTls client)
    {
        var pipes = new DuplexPipePair();
        var serving = server.AuthenticateAsServerAsync(pipes.Left, default);
        var dialling = client.AuthenticateAsClientAsync(pipes.Right, default);
        return new Pair(await serving.WaitAsync(Patience), await dialling.WaitAsync(Patience));
    }

    private sealed record Pair(AttestedConnection Served, AttestedConnection Dialled) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Served.DisposeAsync();
            await Dialled.DisposeAsync();
        }
    }
}
