using System.Collections.Concurrent;
using Cocoon.Attestation;
using Cocoon.Cryptography;

namespace Cocoon.Node.Tests.Fakes;

/// <summary>The evidence of a connection without TLS: quotes are words, and one of them is refused.</summary>
internal sealed class FakeExchange : IEvidenceExchange
{
    public static readonly byte[] Good = "good evidence"u8.ToArray();
    public static readonly byte[] Bad = "bad evidence"u8.ToArray();

    /// <summary>What this side shows.</summary>
    public byte[] Own { get; set; } = Good;

    /// <summary>What it was shown.</summary>
    public ConcurrentQueue<FreshEvidence> Shown { get; } = [];

    public ValueTask<FreshEvidence> ProveAsync(CancellationToken cancellationToken) => new(new FreshEvidence(Own, []));

    public ValueTask<FreshEvidence> ProveAsync(Bits256 nonce, CancellationToken cancellationToken) => new(new FreshEvidence((byte[])[.. Own, .. nonce.ToArray()], []));

    public ValueTask<string?> FindRefusalAsync(FreshEvidence shown, CancellationToken cancellationToken)
    {
        Shown.Enqueue(shown);
        return new(shown.Quote.Span.SequenceEqual(Bad) ? "word check: found bad evidence, wanted good." : null);
    }
}
