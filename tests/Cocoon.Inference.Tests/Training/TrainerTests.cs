using Cocoon.Trainer.Text;
using Cocoon.Trainer.Training;

namespace Cocoon.Inference.Tests.Training;

public sealed class TrainerTests
{
    [Fact]
    public void The_gradient_of_every_matrix_is_the_slope_of_the_loss()
    {
        var random = new TrainingRandom(11);
        var network = new Network(new ModelShape
        {
            Vocabulary = 40,
            Context = 24,
            Width = 32,
            Layers = 2,
            Heads = 4,
            KeyValueHeads = 2,
            FeedForward = 40,
        });
        network.Weights.Initialize(ref random);
        foreach (var matrix in network.Weights.Matrices())
        {
            // Weights away from their start values make every term of the gradient count.
            foreach (ref var value in network.Weights[matrix])
                value += (matrix.Inputs == 1 ? 0.3f : matrix == network.Weights.Embedding ? 0.8f : 0.1f) * random.NextNormal();
        }
        var tokens = new int[41];
        foreach (ref var token in tokens.AsSpan())
            token = random.Next(40);
        var weights = new float[40];
        foreach (ref var weight in weights.AsSpan())
            weight = random.Next(3) * 0.5f;
        var batch = new TrainingBatch(tokens[..^1], tokens[1..], weights, [0, 17, 40]);

        network.Forward(batch);
        network.Backward(batch);
        var gradients = network.Gradients.Values.ToArray();
        foreach (var matrix in network.Weights.Matrices())
        {
            // Along the gradient itself the slope is its length, and rounding matters least.
            var gradient = gradients.AsSpan(matrix.Offset, matrix.Length).ToArray();
            var length = Math.Sqrt(gradient.Sum(value => (double)value * value));
            length.ShouldBeGreaterThan(1e-5, $"{matrix}");
            foreach (var mixed in (bool[])[false, true])
            {
                var direction = gradient.Select(value => value / length + (mixed ? random.NextNormal() / Math.Sqrt(gradient.Length) : 0)).ToArray();
                var expected = gradient.Zip(direction, (a, b) => a * b).Sum();
                var step = 0.01;
                var slope = (LossAt(step) - LossAt(-step)) / (2 * step);
                slope.ShouldBe(expected, 0.02 * length, $"{matrix}");

                double LossAt(double distance)
                {
                    var values = network.Weights.Values.AsSpan(matrix.Offset, matrix.Length);
                    var kept = values.ToArray();
                    for (var i = 0; i < values.Length; i++)
                        values[i] += (float)(distance * direction[i]);
                    var loss = network.Forward(batch);
                    kept.CopyTo(network.Weights.Values.AsSpan(matrix.Offset));
                    return loss;
                }
            }
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_file_and_another_seed_another()
    {
        var first = TestModels.Export(TestModels.Trained(4));
        first.SequenceEqual(TestModels.Export(TestModels.Trained(4))).ShouldBeTrue();
        first.SequenceEqual(TestModels.Export(TestModels.Trained(5))).ShouldBeFalse();
    }

    [Fact]
    public void Training_lowers_the_loss()
    {
        var losses = new List<double>();
        var trainer = new Cocoon.Trainer.ModelTrainer(Corpus.Parse(["[a]", "? (one|two|three)", "= four five six"]), TestModels.Options(60));
        trainer.Train((_, loss, _) => losses.Add(loss));
        losses[^1].ShouldBeLessThan(losses[0] / 3);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(4, 32, 7)]
    [InlineData(7, 70, 33)]
    [InlineData(5, 31, 1)]
    public void The_matrix_product_is_right_also_for_a_transpose(int m, int n, int k)
    {
        var random = new TrainingRandom(5);
        var a = Enumerable.Range(0, m * k).Select(_ => random.NextNormal()).ToArray();
        var b = Enumerable.Range(0, k * n).Select(_ => random.NextNormal()).ToArray();
        var plain = Enumerable.Repeat(1f, m * n).ToArray();
        var transposed = new float[m * n];
        Gemm.Multiply(m, n, k, a, k, 1, b, n, plain, n, add: true);
        Gemm.Multiply(m, n, k, a, 1, m, b, n, transposed, n, add: false);
        for (var row = 0; row < m; row++)
        {
            for (var column = 0; column < n; column++)
            {
                var (sum, sumTransposed) = (0.0, 0.0);
                for (var inner = 0; inner < k; inner++)
                {
                    sum += (double)a[row * k + inner] * b[inner * n + column];
                    sumTransposed += (double)a[inner * m + row] * b[inner * n + column];
                }
                plain[row * n + column].ShouldBe((float)sum + 1, 1e-4f);
                transposed[row * n + column].ShouldBe((float)sumTransposed, 1e-4f);
            }
        }
    }

    [Theory]
    [InlineData("? question before a topic")]
    [InlineData("[a]|? question without an answer")]
    [InlineData("[a]|? q|= a|no mark")]
    public void A_broken_corpus_is_refused(string lines) =>
        Should.Throw<FormatException>(() => Corpus.Parse(lines.Split('|')));
}
