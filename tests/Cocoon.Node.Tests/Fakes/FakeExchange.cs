using System.Collections.Concurrent;
using System.Collections.Immutable;
using Cocoon.Attestation;
using Cocoon.Attestation.Nvidia;
using Cocoon.Cryptography;

namespace Cocoon.Node.Tests.Fakes;

/// <summary>The evidence of a connection without TLS: quotes are words, and one of them is refused.</summary>
internal sealed class FakeExchange : IEvidenceExchange
{
    public static readonly byte[] Good = "good evidence"u8.ToArray();
    public static readonly byte[] Bad = "bad evidence"u8.ToArray();

    /// <summary>What this side shows.</summary>
    public byte[] Own { get; set; } = Good;

    /// <summary>The image that it finds in whatever is good; none stands for a policy that asks for no evidence.</summary>
    public Bits256? Image { get; set; } = Bits256.Sha256("image"u8);

    /// <summary>Why a peer is refused that can show nothing; null when it is not.</summary>
    public string? Absence { get; set; }

    /// <summary>What it makes of the GPUs of whoever it is shown.</summary>
    public ImmutableArray<AttestedGpu> PeerGpus { get; set; } = [];

    /// <summary>What it was shown.</summary>
    public ConcurrentQueue<FreshEvidence> Shown { get; } = [];

    public ValueTask<FreshEvidence> ProveAsync(CancellationToken cancellationToken) => new(new FreshEvidence(Own, []));

    public ValueTask<FreshEvidence> ProveAsync(Bits256 nonce, CancellationToken cancellationToken) => new(new FreshEvidence((byte[])[.. Own, .. nonce.ToArray()], []));

    public string? FindRefusalOfAbsence() => Absence;

    public ValueTask<string?> FindRefusalAsync(FreshEvidence shown, CancellationToken cancellationToken)
    {
        Shown.Enqueue(shown);
        return new(shown.Quote.Span.SequenceEqual(Bad) ? "word check: found bad evidence, wanted good." : null);
    }

    public ValueTask<PolicyVerdict> JudgeAsync(FreshEvidence shown, Ed25519PublicKey key, Bits256 nonce, CancellationToken cancellationToken)
    {
        if (Image is not { } image) return new(PolicyVerdict.Accept(PeerEvidence.Unattested(key)));
        return shown.Quote.Span.SequenceEqual(For(key, nonce))
            ? new(PolicyVerdict.Accept(new PeerEvidence(EvidenceKind.FakeTdx, image, key, shown.Quote)) with { Basis = new VerdictBasis([new("word", true, "good", "good")]) })
            : throw new AttestationException("word check: found evidence of another occasion, wanted that for the nonce.");
    }

    /// <summary>The quote that is good for a key and a nonce.</summary>
    public static byte[] For(Ed25519PublicKey key, Bits256 nonce) => [.. Good, .. key.Bits.ToArray(), .. nonce.ToArray()];
}
