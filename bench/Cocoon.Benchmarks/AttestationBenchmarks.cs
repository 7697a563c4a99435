using BenchmarkDotNet.Attributes;
using Cocoon.Attestation;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Policies;
using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.Simulation;
using Cocoon.Cryptography;

namespace Cocoon.Benchmarks;

/// <summary>
/// What a peer's quote costs. Expected: reading takes well under a microsecond and allocates nothing; verifying with collateral at hand is
/// three P-256 signatures and takes less than a millisecond; verifying collateral is seven signatures more and is done once for many quotes; a
/// verdict that is remembered costs SHA-256 of the quote, less than ten microseconds.
/// </summary>
[MemoryDiagnoser]
public class AttestationBenchmarks
{
    private static readonly DateTimeOffset Time = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly SimulatedTee _tee = new(new SimulatedPlatform("benchmarks", Time));
    private readonly Ed25519PublicKey _key = new(Bits256.Sha256("key"u8));
    private byte[] _quote = [];
    private VerifiedCollateral _collateral = null!;
    private EvidenceBinding _binding = null!;
    private IEvidencePolicy _policy = null!;

    [GlobalSetup]
    public async Task Prepare()
    {
        _quote = _tee.CreateQuote(new SimulatedGuest { QuoteVersion = 5 }, _key);
        _collateral = VerifiedCollateral.Verify(_tee.Collateral, _tee.Anchor);
        _binding = EvidenceBinding.ToKey(_key);
        var clock = new StillClock();
        var collateral = new CollateralStore(new Published(_tee.Collateral), _tee.Anchor, clock);
        _policy = new CachedPolicy(
            new TdxPolicy(EvidenceKind.SimulatedTdx, collateral, QuoteRequirements.Default, ImageAllowList.Everything, clock), clock);
        if (!VerifyQuote() || (await RememberedVerdict()).Evidence is null) throw new InvalidOperationException("The quote is not valid.");
    }

    [Benchmark(Baseline = true)]
    public bool VerifyQuote() => QuoteVerifier.Verify(_quote, _key, _collateral, QuoteRequirements.Default, Time).Report.IsValid;

    [Benchmark]
    public int ReadQuote() => Quote.TryParse(_quote, out var quote, out _) ? quote.Length : 0;

    [Benchmark]
    public VerifiedCollateral VerifyCollateral() => VerifiedCollateral.Verify(_tee.Collateral, _tee.Anchor);

    /// <summary>As for a peer that connects again: its certificate's quote has been judged before.</summary>
    [Benchmark]
    public ValueTask<PolicyVerdict> RememberedVerdict() => _policy.EvaluateAsync(_quote, _binding, CancellationToken.None);

    [GlobalCleanup]
    public void Dispose() => _tee.Dispose();

    private sealed class StillClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Time;
    }

    private sealed class Published(DcapCollateral collateral) : ICollateralSource
    {
        public Task<DcapCollateral> GetAsync(DcapPlatform platform, CancellationToken cancellationToken) => Task.FromResult(collateral);
    }
}
