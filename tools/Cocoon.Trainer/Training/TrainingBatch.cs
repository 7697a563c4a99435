namespace Cocoon.Trainer.Training;

/// <summary>Sequences one after another without padding.</summary>
/// <param name="Tokens">Input tokens of all sequences.</param>
/// <param name="Targets">The token that should follow each input token.</param>
/// <param name="Weights">How much each target counts; 0 for none.</param>
/// <param name="Starts">Where each sequence starts, and at the end the number of tokens.</param>
public sealed record TrainingBatch(int[] Tokens, int[] Targets, float[] Weights, int[] Starts);
