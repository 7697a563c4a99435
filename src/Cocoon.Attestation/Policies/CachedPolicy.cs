using System.Security.Cryptography;
using Cocoon.Attestation.PeerInfo;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Policies;

/// <summary>
/// Remembers whom another policy accepted, so that a peer that connects again is not verified again: by SHA-256 of quote and key, until the
/// evidence ends, and for a day at most, so that what is revoked meanwhile is noticed. Refusals are not remembered, nor are verdicts on
/// evidence of one occasion, which does not come again.
/// </summary>
/// <param name="policy">The policy.</param>
/// <param name="time">The clock of the ends.</param>
/// <param name="capacity">The most verdicts that are kept; the oldest make room.</param>
public sealed class CachedPolicy(IEvidencePolicy policy, TimeProvider time, int capacity = 10_000) : IEvidencePolicy
{
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<Bits256, (PeerEvidence Evidence, DateTimeOffset Until)> _verdicts = [];
    private readonly Queue<Bits256> _order = [];

    /// <inheritdoc/>
    public string Name => policy.Name;

    /// <inheritdoc/>
    public EvidenceRules Rules => policy.Rules;

    /// <inheritdoc/>
    public async ValueTask<PolicyVerdict> EvaluateAsync(ReadOnlyMemory<byte> quote, EvidenceBinding binding, CancellationToken cancellationToken)
    {
        if (!binding.IsLasting) return await policy.EvaluateAsync(quote, binding, cancellationToken).ConfigureAwait(false);
        var id = IdOf(quote.Span, binding.Key);
        if (Find(id) is { } known) return PolicyVerdict.Accept(known);
        var verdict = await policy.EvaluateAsync(quote, binding, cancellationToken).ConfigureAwait(false);
        if (verdict.Evidence is { ValidUntil: { } until } evidence) Add(id, evidence, until);
        return verdict;
    }

    /// <inheritdoc/>
    public PolicyVerdict Evaluate(AttestedPeerInfo peer) => policy.Evaluate(peer);

    private static Bits256 IdOf(ReadOnlySpan<byte> quote, Ed25519PublicKey key)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(key.Bits.ToArray());
        hash.AppendData(quote);
        return new Bits256(hash.GetHashAndReset());
    }

    private PeerEvidence? Find(Bits256 id)
    {
        lock (_lock) return _verdicts.TryGetValue(id, out var known) && time.GetUtcNow() < known.Until ? known.Evidence : null;
    }

    private void Add(Bits256 id, PeerEvidence evidence, DateTimeOffset until)
    {
        var latest = time.GetUtcNow() + LongestLife;
        lock (_lock)
        {
            if (!_verdicts.ContainsKey(id))
            {
                if (_verdicts.Count >= capacity) _verdicts.Remove(_order.Dequeue());
                _order.Enqueue(id);
            }
            _verdicts[id] = (evidence, until < latest ? until : latest);
        }
    }
}
