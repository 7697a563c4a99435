namespace Cocoon.Trainer.Training;

/// <summary>All weights (or all their gradients) in one array, and where each matrix lies in it. Matrices are inputs × outputs.</summary>
public sealed class Parameters
{
    /// <summary>Creates zeroed parameters.</summary>
    public Parameters(ModelShape shape)
    {
        var offset = 0;
        Embedding = Take(shape.Vocabulary, shape.Width);
        Layers = new Layer[shape.Layers];
        for (var i = 0; i < Layers.Length; i++)
        {
            Layers[i] = new Layer(
                Take(1, shape.Width), Take(shape.Width, shape.Width), Take(shape.Width, shape.KeyValueWidth),
                Take(shape.Width, shape.KeyValueWidth), Take(shape.Width, shape.Width), Take(1, shape.Width),
                Take(shape.Width, shape.FeedForward), Take(shape.Width, shape.FeedForward), Take(shape.FeedForward, shape.Width));
        }
        OutputNorm = Take(1, shape.Width);
        Values = new float[offset];

        Matrix Take(int inputs, int outputs)
        {
            var matrix = new Matrix(offset, inputs, outputs);
            offset += matrix.Length;
            return matrix;
        }
    }

    /// <summary>Every element of every matrix.</summary>
    public float[] Values { get; }

    /// <summary>Token embedding: vocabulary × width; also the output matrix.</summary>
    public Matrix Embedding { get; }

    /// <summary>Gain of the last norm.</summary>
    public Matrix OutputNorm { get; }

    /// <summary>The layers.</summary>
    public Layer[] Layers { get; }

    /// <summary>The elements of one matrix.</summary>
    public Span<float> this[Matrix matrix] => Values.AsSpan(matrix.Offset, matrix.Length);

    /// <summary>Every matrix in the order of <see cref="Values"/>.</summary>
    public IEnumerable<Matrix> Matrices()
    {
        yield return Embedding;
        foreach (var layer in Layers)
        {
            foreach (var matrix in (Matrix[])[layer.AttentionNorm, layer.Query, layer.Key, layer.Value, layer.Output, layer.FeedForwardNorm,
                layer.Gate, layer.Up, layer.Down])
            {
                yield return matrix;
            }
        }
        yield return OutputNorm;
    }

    /// <summary>Normal weights scaled by the fan-in (smaller before a residual sum), norm gains of one.</summary>
    public void Initialize(ref TrainingRandom random)
    {
        var residual = 1 / MathF.Sqrt(2 * Layers.Length);
        foreach (var matrix in Matrices())
        {
            var scale = matrix == Embedding ? 0.05f : 1 / MathF.Sqrt(matrix.Inputs);
            if (Array.Exists(Layers, layer => layer.Output == matrix || layer.Down == matrix))
                scale *= residual;
            foreach (ref var value in this[matrix])
                value = matrix.Inputs == 1 ? 1 : scale * random.NextNormal();
        }
    }

    /// <summary>Place and size of a matrix.</summary>
    /// <param name="Offset">First element.</param>
    /// <param name="Inputs">Rows; 1 for the gain of a norm.</param>
    /// <param name="Outputs">Columns.</param>
    public readonly record struct Matrix(int Offset, int Inputs, int Outputs)
    {
        /// <summary>Number of elements.</summary>
        public int Length => Inputs * Outputs;
    }

    /// <summary>The matrices of one layer.</summary>
    public sealed record Layer(
        Matrix AttentionNorm, Matrix Query, Matrix Key, Matrix Value, Matrix Output, Matrix FeedForwardNorm, Matrix Gate, Matrix Up, Matrix Down);
}
