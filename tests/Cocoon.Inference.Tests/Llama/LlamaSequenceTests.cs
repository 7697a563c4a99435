using Cocoon.Inference.Llama;
using Cocoon.Trainer.Training;

namespace Cocoon.Inference.Tests.Llama;

public sealed class LlamaSequenceTests
{
    [Fact]
    public void Loss_of_the_engine_is_the_loss_of_the_trainer()
    {
        var trainer = TestModels.Trained(20);
        var model = TestModels.Load(TestModels.Export(trainer));
        var random = new TrainingRandom(3);
        var tokens = Enumerable.Range(0, 60).Select(_ => random.Next(model.Shape.Vocabulary)).ToArray();
        var batch = new TrainingBatch(tokens[..^1], tokens[1..], [.. Enumerable.Repeat(1f, 59)], [0, 59]);

        var sequence = new LlamaSequence(model, 60);
        var total = 0.0;
        for (var i = 0; i + 1 < tokens.Length; i++)
        {
            sequence.Add(tokens[i], wantLogits: true);
            var max = sequence.Logits.ToArray().Max();
            var sum = sequence.Logits.ToArray().Sum(logit => Math.Exp(logit - max));
            total -= sequence.Logits[tokens[i + 1]] - max - Math.Log(sum);
        }

        // Weights were rounded to 16 bits in between.
        (total / 59).ShouldBe(trainer.Network.Forward(batch), 0.02);
    }

    [Fact]
    public void A_continuation_after_truncation_is_the_same_as_without_the_detour()
    {
        var model = TestModels.Load(TestModels.Small);
        var straight = Logits(model, [5, 6, 7, 8]);
        var sequence = new LlamaSequence(model, 10);
        foreach (var token in (int[])[5, 6, 9, 9, 9])
            sequence.Add(token, wantLogits: false);
        sequence.Truncate(2);
        sequence.Add(7, wantLogits: false);
        sequence.Add(8, wantLogits: true);
        sequence.Logits.ToArray().ShouldBe(straight);
    }

    [Fact]
    public void A_cleared_sequence_holds_nothing_of_its_past()
    {
        var model = TestModels.Load(TestModels.Small);
        var sequence = new LlamaSequence(model, 10);
        sequence.Add(5, wantLogits: true);
        sequence.Clear();
        sequence.Length.ShouldBe(0);
        var buffers = typeof(LlamaSequence).GetFields(System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)
            .Where(field => field.Name != "_frequencies")
            .SelectMany(field => field.GetValue(sequence) switch { float[] one => [one], float[][] many => many, _ => Array.Empty<float[]>() })
            .ToList();
        buffers.Count.ShouldBeGreaterThan(10);
        buffers.ShouldAllBe(buffer => Array.TrueForAll(buffer, value => value == 0));
    }

    [Fact]
    public void A_full_sequence_takes_no_more_tokens()
    {
        var sequence = new LlamaSequence(TestModels.Load(TestModels.Small), 2);
        sequence.Add(5, wantLogits: false);
        sequence.Add(5, wantLogits: false);
        Should.Throw<InvalidOperationException>(() => sequence.Add(5, wantLogits: false));
    }

    [Fact]
    public void Adding_a_token_allocates_nothing()
    {
        var sequence = new LlamaSequence(TestModels.Load(TestModels.Small), 50);
        sequence.Add(5, wantLogits: true);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 40; i++)
            sequence.Add(5 + i, wantLogits: true);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(63)]
    [InlineData(200)]
    public void The_inner_product_of_any_length_is_right(int length)
    {
        var random = new TrainingRandom((ulong)length);
        var a = Enumerable.Range(0, length).Select(_ => random.NextNormal()).ToArray();
        var b = Enumerable.Range(0, length).Select(_ => random.NextNormal()).ToArray();
        Kernels.Dot(a, b).ShouldBe((float)a.Zip(b, (x, y) => (double)x * y).Sum(), 1e-4f);
    }

    private static float[] Logits(LlamaModel model, int[] tokens)
    {
        var sequence = new LlamaSequence(model, tokens.Length);
        for (var i = 0; i < tokens.Length; i++)
            sequence.Add(tokens[i], wantLogits: i == tokens.Length - 1);
        return sequence.Logits.ToArray();
    }
}
