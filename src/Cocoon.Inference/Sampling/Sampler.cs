using Cocoon.Inference.Llama;

namespace Cocoon.Inference.Sampling;

/// <summary>Chooses tokens. All memory is allocated once.</summary>
internal sealed class Sampler(int vocabulary)
{
    private readonly int[] _counts = new int[vocabulary];
    private readonly int[] _order = new int[vocabulary];
    private SamplingOptions _options = new();
    private SplitMix64 _random;

    /// <summary>Starts a new answer.</summary>
    public void Start(SamplingOptions options, ulong seed)
    {
        _options = options;
        _random = new SplitMix64(seed);
        Clear();
    }

    /// <summary>Overwrites what depends on the answer.</summary>
    public void Clear()
    {
        Array.Clear(_counts);
        Array.Clear(_order);
    }

    /// <summary>Chooses the next token.</summary>
    /// <param name="logits">Scores by token; overwritten.</param>
    public int Choose(Span<float> logits)
    {
        if (_options.FrequencyPenalty != 0 || _options.PresencePenalty != 0)
        {
            for (var i = 0; i < logits.Length; i++)
            {
                if (_counts[i] > 0)
                    logits[i] -= (float)(_counts[i] * _options.FrequencyPenalty + _options.PresencePenalty);
            }
        }
        var token = _options.Temperature == 0 ? Largest(logits) : Draw(logits);
        _counts[token]++;
        return token;
    }

    private static int Largest(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
        {
            if (logits[i] > logits[best])
                best = i;
        }
        return best;
    }

    private int Draw(Span<float> logits)
    {
        // The largest score becomes 0 first, so that dividing by a very small temperature cannot overflow upwards.
        var max = logits[Largest(logits)];
        var inverse = 1 / Math.Max(_options.Temperature, 1e-6);
        foreach (ref var logit in logits)
            logit = (float)((logit - max) * inverse);
        Kernels.Softmax(logits);
        if (_options.TopP >= 1)
        {
            var place = _random.NextDouble();
            for (var i = 0; i < logits.Length; i++)
            {
                place -= logits[i];
                if (place < 0)
                    return i;
            }
            return Largest(logits);
        }
        // A token below this bound cannot belong to the most likely ones: all tokens below it together have less than 1 − top_p.
        var bound = (1 - _options.TopP) / logits.Length;
        var count = 0;
        for (var i = 0; i < logits.Length; i++)
        {
            if (logits[i] >= bound)
            {
                _order[count] = i;
                logits[count++] = -logits[i];
            }
        }
        logits[..count].Sort(_order.AsSpan(0, count));
        var total = 0.0;
        var kept = 0;
        while (kept < count && total < _options.TopP)
            total -= logits[kept++];
        var target = _random.NextDouble() * total;
        for (var i = 0; i < kept; i++)
        {
            target += logits[i];
            if (target < 0)
                return _order[i];
        }
        return _order[0];
    }
}
