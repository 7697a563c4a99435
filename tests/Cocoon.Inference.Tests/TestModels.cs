using Cocoon.Inference.Llama;
using Cocoon.Trainer;
using Cocoon.Trainer.Text;
using Cocoon.Trainer.Training;

namespace Cocoon.Inference.Tests;

/// <summary>Very small models made on the spot.</summary>
internal static class TestModels
{
    private static readonly string[] Lines =
    [
        "[a]", "? (What|Who) is here(|?)", "= Only a small test is here.",
        "[b]", "? (Tell|Show) me a colour(|.)", "= Grün, blå and 赤 are colours.",
        "[c]", "@ (a cell|cells)", "= A cell is small.",
    ];

    private static readonly Lazy<byte[]> SmallBytes = new(() => Export(Trained(3)));

    public static TrainerOptions Options(int steps) => new()
    {
        Steps = steps,
        Seed = 7,
        BatchTokens = 128,
        Vocabulary = 300,
        Shape = new ModelShape { Vocabulary = 0, Context = 96, Width = 32, Layers = 2, Heads = 4, KeyValueHeads = 2, FeedForward = 48 },
    };

    /// <summary>A model that was trained a few steps.</summary>
    public static ModelTrainer Trained(int steps)
    {
        var trainer = new ModelTrainer(Corpus.Parse(Lines), Options(steps));
        trainer.Train();
        return trainer;
    }

    public static byte[] Export(ModelTrainer trainer)
    {
        using var stream = new MemoryStream();
        trainer.Export(stream);
        return stream.ToArray();
    }

    /// <summary>The file of a model that was trained a few steps; not to be changed.</summary>
    public static byte[] Small => SmallBytes.Value;

    public static LlamaModel Load(byte[] file) => LlamaModel.Load(new MemoryStream(file, writable: false));
}
