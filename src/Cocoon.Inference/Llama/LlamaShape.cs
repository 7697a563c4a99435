using Cocoon.Inference.Gguf;

namespace Cocoon.Inference.Llama;

/// <summary>Sizes of a llama-architecture model, read from GGUF metadata and checked.</summary>
public sealed record LlamaShape
{
    /// <summary>Longest sequence in tokens.</summary>
    public required int Context { get; init; }

    /// <summary>Elements of a hidden state.</summary>
    public required int Width { get; init; }

    /// <summary>Number of layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Elements of the gated hidden state of the feed-forward part.</summary>
    public required int FeedForward { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads; each serves as many query heads.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Number of tokens.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Added to the mean square in RMS norms.</summary>
    public required float Epsilon { get; init; }

    /// <summary>Base of the rotary position angles.</summary>
    public required float RopeBase { get; init; }

    /// <summary>Elements of one head.</summary>
    public int HeadSize => Width / Heads;

    /// <summary>Elements of all key heads together.</summary>
    public int KeyValueWidth => HeadSize * KeyValueHeads;

    /// <summary>Reads the shape.</summary>
    /// <exception cref="GgufFormatException">Another architecture, a value is missing, out of range, or asks for what the engine does not do.</exception>
    public static LlamaShape FromGguf(GgufFile file, int vocabulary)
    {
        var architecture = file.GetString("general.architecture");
        if (architecture != "llama")
            throw new GgufFormatException($"The model's architecture is '{architecture}'; the built-in engine runs 'llama'.");
        var shape = new LlamaShape
        {
            Context = Get("llama.context_length", null, 1, 1 << 20),
            Width = Get("llama.embedding_length", null, 2, 1 << 15),
            Layers = Get("llama.block_count", null, 1, 512),
            FeedForward = Get("llama.feed_forward_length", null, 1, 1 << 18),
            Heads = Get("llama.attention.head_count", null, 1, 1024),
            KeyValueHeads = Get("llama.attention.head_count_kv", file.FindInteger("llama.attention.head_count"), 1, 1024),
            Vocabulary = Get("llama.vocab_size", vocabulary, 1, 1 << 20),
            Epsilon = (float)(file.FindNumber("llama.attention.layer_norm_rms_epsilon") ?? 1e-5),
            RopeBase = (float)(file.FindNumber("llama.rope.freq_base") ?? 10_000),
        };
        if (shape.Vocabulary != vocabulary)
            throw new GgufFormatException($"llama.vocab_size is {shape.Vocabulary}, but the tokenizer has {vocabulary} tokens.");
        if (shape.Width % shape.Heads != 0 || shape.HeadSize % 2 != 0)
            throw new GgufFormatException($"{shape.Heads} heads do not divide the width {shape.Width} into even sizes.");
        if (shape.Heads % shape.KeyValueHeads != 0)
            throw new GgufFormatException($"{shape.KeyValueHeads} key heads do not divide {shape.Heads} heads.");
        if (!(shape.Epsilon is > 0 and < 1) || !(shape.RopeBase is >= 1 and < 1e9f))
            throw new GgufFormatException("The RMS epsilon or the RoPE base is out of range.");
        if ((file.FindInteger("llama.rope.dimension_count") ?? shape.HeadSize) != shape.HeadSize)
            throw new GgufFormatException("llama.rope.dimension_count differs from the head size; partial RoPE is not supported.");
        if (file.FindString("llama.rope.scaling.type") is { } scaling && scaling != "none")
            throw new GgufFormatException($"RoPE scaling '{scaling}' is not supported by the built-in engine.");
        return shape;

        int Get(string key, long? fallback, int min, int max)
        {
            var value = file.FindInteger(key) ?? fallback ?? throw new GgufFormatException($"The model's metadata has no '{key}'.");
            return value >= min && value <= max
                ? (int)value
                : throw new GgufFormatException($"The metadata '{key}' is {value}, wanted {min} to {max}.");
        }
    }
}
