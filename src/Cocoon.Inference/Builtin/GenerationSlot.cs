using Cocoon.Inference.Llama;
using Cocoon.Inference.Sampling;

namespace Cocoon.Inference.Builtin;

/// <summary>The memory that one request works in, reused for the next one after it was overwritten.</summary>
internal sealed class GenerationSlot(LlamaModel model, int context)
{
    public LlamaSequence Sequence { get; } = new(model, context);

    public Sampler Sampler { get; } = new(model.Shape.Vocabulary);

    public TextAssembler Text { get; } = new();

    public void Clear()
    {
        Sequence.Clear();
        Sampler.Clear();
        Text.Clear();
    }
}
