using Cocoon.Attestation.Policies;
using Cocoon.Cryptography;
using Cocoon.Testing;

namespace Cocoon.Attestation.Tests.Policies;

public sealed class CachedPolicyTests
{
    private static readonly Ed25519PublicKey Key = new(Bits256.Sha256("a key"u8));
    private readonly ManualTimeProvider _time = new();
    private readonly Counting _inner = new();

    [Fact]
    public async Task Whoever_was_accepted_is_not_verified_again_until_the_evidence_ends()
    {
        var policy = new CachedPolicy(_inner, _time);
        _inner.ValidUntil = _time.GetUtcNow().AddHours(3);
        await AskAsync(policy, 1);
        _time.Advance(TimeSpan.FromHours(3) - TimeSpan.FromSeconds(1));
        (await AskAsync(policy, 1)).Evidence.ShouldNotBeNull();
        _inner.Calls.ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(1));
        await AskAsync(policy, 1);
        _inner.Calls.ShouldBe(2);
    }

    [Fact]
    public async Task No_verdict_is_older_than_a_day()
    {
        var policy = new CachedPolicy(_inner, _time);
        _inner.ValidUntil = _time.GetUtcNow().AddDays(30);
        await AskAsync(policy, 1);
        _time.Advance(TimeSpan.FromDays(1));
        await AskAsync(policy, 1);
        _inner.Calls.ShouldBe(2);
    }

    [Fact]
    public async Task A_verdict_is_for_its_quote_and_its_key()
    {
        var policy = new CachedPolicy(_inner, _time);
        _inner.ValidUntil = _time.GetUtcNow().AddHours(1);
        await AskAsync(policy, 1);
        await AskAsync(policy, 2);
        await policy.EvaluateAsync(new byte[] { 1 }, EvidenceBinding.ToKey(new Ed25519PublicKey(Bits256.Zero)), default);
        _inner.Calls.ShouldBe(3);
    }

    [Fact]
    public async Task Refusals_and_what_has_no_end_are_not_remembered()
    {
        var policy = new CachedPolicy(_inner, _time);
        await AskAsync(policy, 1);
        await AskAsync(policy, 1);
        _inner.ValidUntil = _time.GetUtcNow().AddHours(1);
        _inner.Refusal = "no";
        await AskAsync(policy, 1);
        (await AskAsync(policy, 1)).Refusal.ShouldBe("no");
        _inner.Calls.ShouldBe(4);
    }

    [Fact]
    public async Task The_oldest_make_room()
    {
        var policy = new CachedPolicy(_inner, _time, capacity: 2);
        _inner.ValidUntil = _time.GetUtcNow().AddHours(1);
        foreach (var quote in new byte[] { 1, 2, 3, 3, 2 }) await AskAsync(policy, quote);
        _inner.Calls.ShouldBe(3);
        await AskAsync(policy, 1);
        _inner.Calls.ShouldBe(4);
    }

    private static ValueTask<PolicyVerdict> AskAsync(CachedPolicy policy, byte quote) => policy.EvaluateAsync(new[] { quote }, EvidenceBinding.ToKey(Key), default);

    private sealed class Counting : IEvidencePolicy
    {
        public string Name => "counting";

        public int Calls { get; private set; }

        public DateTimeOffset? ValidUntil { get; set; }

        public string? Refusal { get; set; }

        public ValueTask<PolicyVerdict> EvaluateAsync(ReadOnlyMemory<byte> quote, EvidenceBinding binding, CancellationToken cancellationToken)
        {
            Calls++;
            return new(Refusal is null ? PolicyVerdict.Accept(PeerEvidence.Unattested(binding.Key) with { ValidUntil = ValidUntil }) : PolicyVerdict.Refuse(Refusal));
        }
    }
}
