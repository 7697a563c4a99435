namespace Cocoon.Inference.Llama;

/// <summary>Weights of one layer; the inputs of one output lie together.</summary>
internal sealed record LlamaLayer(
    float[] AttentionNorm, float[] Query, float[] Key, float[] Value, float[] Output, float[] FeedForwardNorm, float[] Gate, float[] Up, float[] Down);
