namespace Cocoon.Trainer.Training;

/// <summary>AdamW with a bound on the length of the gradient. Norm gains and the embedding do not decay.</summary>
public sealed class AdamW
{
    private const float Beta1 = 0.9f;
    private const float Beta2 = 0.98f;
    private const float Epsilon = 1e-8f;
    private const float Decay = 0.02f;
    private const double MaxLength = 1;

    private readonly float[] _mean;
    private readonly float[] _square;
    private int _steps;

    /// <summary>Creates the state for as many elements as <paramref name="weights"/> has.</summary>
    public AdamW(Parameters weights)
    {
        _mean = new float[weights.Values.Length];
        _square = new float[weights.Values.Length];
    }

    /// <summary>Moves the weights one step and clears the gradients.</summary>
    public void Step(Parameters weights, Parameters gradients, float rate)
    {
        _steps++;
        var length = 0.0;
        foreach (var value in gradients.Values)
            length += (double)value * value;
        var scale = (float)Math.Min(1, MaxLength / (Math.Sqrt(length) + 1e-12));
        var meanScale = 1 / (1 - MathF.Pow(Beta1, _steps));
        var squareScale = 1 / (1 - MathF.Pow(Beta2, _steps));
        foreach (var matrix in weights.Matrices())
        {
            var decay = matrix.Inputs == 1 || matrix == weights.Embedding ? 0 : Decay;
            for (var i = matrix.Offset; i < matrix.Offset + matrix.Length; i++)
            {
                var gradient = gradients.Values[i] * scale;
                _mean[i] = Beta1 * _mean[i] + (1 - Beta1) * gradient;
                _square[i] = Beta2 * _square[i] + (1 - Beta2) * gradient * gradient;
                weights.Values[i] -= rate * (_mean[i] * meanScale / (MathF.Sqrt(_square[i] * squareScale) + Epsilon) + decay * weights.Values[i]);
            }
        }
        Array.Clear(gradients.Values);
    }
}
