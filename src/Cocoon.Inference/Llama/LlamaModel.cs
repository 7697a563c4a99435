using Cocoon.Inference.Gguf;
using Cocoon.Inference.Tokenization;

namespace Cocoon.Inference.Llama;

/// <summary>A llama-architecture model: weights as 32-bit floats, tokenizer, special tokens. Immutable and shared by all sequences.</summary>
public sealed class LlamaModel
{
    private LlamaModel(GgufFile file, long maxWeightBytes)
    {
        Tokenizer = BpeTokenizer.FromGguf(file);
        Shape = LlamaShape.FromGguf(file, Tokenizer.VocabularySize);
        Name = file.FindString("general.name") ?? "unnamed";
        ChatTemplate = file.FindString("tokenizer.chat_template");
        EndToken = SpecialToken(file, "tokenizer.ggml.eos_token_id")
            ?? throw new GgufFormatException("The model's metadata has no 'tokenizer.ggml.eos_token_id'.");
        if (file.FindBoolean("tokenizer.ggml.add_bos_token") ?? false)
        {
            BeginToken = SpecialToken(file, "tokenizer.ggml.bos_token_id")
                ?? throw new GgufFormatException("The tokenizer wants a begin token, but 'tokenizer.ggml.bos_token_id' is absent.");
        }
        var bytes = 4 * file.Tensors.Values.Sum(tensor => tensor.ElementCount);
        if (bytes > maxWeightBytes)
            throw new GgufFormatException($"The weights need {bytes} bytes in memory, more than the limit of {maxWeightBytes}.");

        var (width, keyValueWidth, hidden) = (Shape.Width, Shape.KeyValueWidth, Shape.FeedForward);
        var read = 0;
        Embedding = Read("token_embd.weight", width, Shape.Vocabulary);
        Layers = new LlamaLayer[Shape.Layers];
        for (var i = 0; i < Layers.Length; i++)
        {
            Layers[i] = new LlamaLayer(
                Read($"blk.{i}.attn_norm.weight", width),
                Read($"blk.{i}.attn_q.weight", width, width),
                Read($"blk.{i}.attn_k.weight", width, keyValueWidth),
                Read($"blk.{i}.attn_v.weight", width, keyValueWidth),
                Read($"blk.{i}.attn_output.weight", width, width),
                Read($"blk.{i}.ffn_norm.weight", width),
                Read($"blk.{i}.ffn_gate.weight", width, hidden),
                Read($"blk.{i}.ffn_up.weight", width, hidden),
                Read($"blk.{i}.ffn_down.weight", hidden, width));
        }
        OutputNorm = Read("output_norm.weight", width);
        Output = file.Tensors.ContainsKey("output.weight") ? Read("output.weight", width, Shape.Vocabulary) : Embedding;
        if (read != file.Tensors.Count)
        {
            throw new GgufFormatException(
                $"The model has {file.Tensors.Count} tensors, of which the built-in engine knows {read}; leaving out the others would give wrong answers.");
        }

        float[] Read(string name, params ReadOnlySpan<long> shape)
        {
            read++;
            return file.ReadTensor(name, shape);
        }
    }

    /// <summary>The model's name in its metadata.</summary>
    public string Name { get; }

    /// <summary>Sizes.</summary>
    public LlamaShape Shape { get; }

    /// <summary>Tokenizer.</summary>
    public BpeTokenizer Tokenizer { get; }

    /// <summary>The chat template of the metadata, or null.</summary>
    public string? ChatTemplate { get; }

    /// <summary>Token that starts every sequence, or null for none.</summary>
    public int? BeginToken { get; }

    /// <summary>Token that ends an answer.</summary>
    public int EndToken { get; }

    internal float[] Embedding { get; }

    internal LlamaLayer[] Layers { get; }

    internal float[] OutputNorm { get; }

    internal float[] Output { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="stream">Seekable GGUF file; not used after the call.</param>
    /// <param name="maxWeightBytes">Bound on the memory for weights.</param>
    /// <exception cref="GgufFormatException">Not a GGUF file, broken, too large, or a model that the engine cannot run.</exception>
    public static LlamaModel Load(Stream stream, long maxWeightBytes = 4L << 30) => new(GgufFile.Read(stream), maxWeightBytes);

    /// <summary>Loads a model from a file.</summary>
    /// <exception cref="GgufFormatException">Not a GGUF file, broken, too large, or a model that the engine cannot run.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static LlamaModel Load(string path, long maxWeightBytes = 4L << 30)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        return Load(stream, maxWeightBytes);
    }

    private int? SpecialToken(GgufFile file, string key)
    {
        var id = file.FindInteger(key);
        if (id is < 0 || id >= Tokenizer.VocabularySize)
            throw new GgufFormatException($"The metadata '{key}' is {id}, but there are {Tokenizer.VocabularySize} tokens.");
        return (int?)id;
    }
}
