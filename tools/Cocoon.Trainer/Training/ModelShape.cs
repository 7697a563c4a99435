namespace Cocoon.Trainer.Training;

/// <summary>Sizes of a llama-architecture model whose output matrix is its token embedding.</summary>
public sealed record ModelShape
{
    /// <summary>Number of tokens.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Longest sequence in tokens.</summary>
    public required int Context { get; init; }

    /// <summary>Elements of a hidden state.</summary>
    public int Width { get; init; } = 128;

    /// <summary>Number of layers.</summary>
    public int Layers { get; init; } = 4;

    /// <summary>Query heads; divides <see cref="Width"/> into heads of an even size.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>Key and value heads; divides <see cref="Heads"/>.</summary>
    public int KeyValueHeads { get; init; } = 2;

    /// <summary>Elements of the gated hidden state of the feed-forward part.</summary>
    public int FeedForward { get; init; } = 416;

    /// <summary>Base of the rotary position angles.</summary>
    public float RopeBase { get; init; } = 10_000;

    /// <summary>Added to the mean square in RMS norms.</summary>
    public float Epsilon { get; init; } = 1e-5f;

    /// <summary>Elements of one head.</summary>
    public int HeadSize => Width / Heads;

    /// <summary>Elements of all key heads together.</summary>
    public int KeyValueWidth => HeadSize * KeyValueHeads;
}
