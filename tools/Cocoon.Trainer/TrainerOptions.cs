using Cocoon.Trainer.Training;

namespace Cocoon.Trainer;

/// <summary>What decides a training run besides the corpus.</summary>
public sealed record TrainerOptions
{
    /// <summary>Optimizer steps.</summary>
    public int Steps { get; init; } = 4800;

    /// <summary>Tokens a step, about.</summary>
    public int BatchTokens { get; init; } = 1024;

    /// <summary>Seed of weights and batches.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Highest learning rate.</summary>
    public float LearningRate { get; init; } = 3e-3f;

    /// <summary>Wanted number of tokens in the vocabulary; a small corpus may give fewer.</summary>
    public int Vocabulary { get; init; } = 1024;

    /// <summary>Sizes of the model; its vocabulary is replaced by the learned one.</summary>
    public ModelShape Shape { get; init; } = new() { Vocabulary = 0, Context = 512 };
}
