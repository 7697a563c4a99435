namespace Cocoon.Inference.Llama;

/// <summary>
/// One sequence in work: its key-value cache and scratch memory, all allocated once. Not for two threads at once.
/// <see cref="Clear"/> overwrites everything that depends on the tokens.
/// </summary>
public sealed class LlamaSequence
{
    private readonly LlamaModel _model;
    private readonly LlamaShape _shape;
    private readonly float[][] _keys;
    private readonly float[][] _values;
    private readonly float[] _hidden;
    private readonly float[] _normed;
    private readonly float[] _query;
    private readonly float[] _attended;
    private readonly float[] _branch;
    private readonly float[] _gate;
    private readonly float[] _up;
    private readonly float[] _scores;
    private readonly float[] _logits;
    private readonly float[] _frequencies;

    /// <summary>Allocates the memory of a sequence.</summary>
    /// <param name="model">The model.</param>
    /// <param name="context">Most tokens of the sequence, up to the model's context; memory grows with it.</param>
    public LlamaSequence(LlamaModel model, int context)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(context, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(context, model.Shape.Context);
        _model = model;
        _shape = model.Shape;
        Capacity = context;
        _keys = Cache();
        _values = Cache();
        _hidden = new float[_shape.Width];
        _normed = new float[_shape.Width];
        _query = new float[_shape.Width];
        _attended = new float[_shape.Width];
        _branch = new float[_shape.Width];
        _gate = new float[_shape.FeedForward];
        _up = new float[_shape.FeedForward];
        _scores = new float[context];
        _logits = new float[_shape.Vocabulary];
        _frequencies = new float[_shape.HeadSize / 2];
        for (var i = 0; i < _frequencies.Length; i++)
            _frequencies[i] = (float)Math.Pow(_shape.RopeBase, -2.0 * i / _shape.HeadSize);

        float[][] Cache()
        {
            var cache = new float[_shape.Layers][];
            for (var i = 0; i < cache.Length; i++)
                cache[i] = new float[checked(context * _shape.KeyValueWidth)];
            return cache;
        }
    }

    /// <summary>Most tokens.</summary>
    public int Capacity { get; }

    /// <summary>Tokens so far.</summary>
    public int Length { get; private set; }

    /// <summary>Scores of the next token by id, after a token was added with them wanted; may be changed by the caller.</summary>
    public Span<float> Logits => _logits;

    /// <summary>Adds a token.</summary>
    /// <param name="token">Token id.</param>
    /// <param name="wantLogits">Whether <see cref="Logits"/> is needed: after the last token of a prompt and every produced one.</param>
    /// <exception cref="InvalidOperationException">The sequence is full.</exception>
    public void Add(int token, bool wantLogits)
    {
        if (Length >= Capacity)
            throw new InvalidOperationException("The sequence is full.");
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)token, (uint)_shape.Vocabulary);
        _model.Embedding.AsSpan(token * _shape.Width, _shape.Width).CopyTo(_hidden);
        for (var i = 0; i < _model.Layers.Length; i++)
        {
            var layer = _model.Layers[i];
            Attend(layer, _keys[i], _values[i]);
            Kernels.Normalize(_hidden, layer.FeedForwardNorm, _shape.Epsilon, _normed);
            Kernels.MatrixVector(layer.Gate, _normed, _gate);
            Kernels.MatrixVector(layer.Up, _normed, _up);
            Kernels.GatedSilu(_gate, _up);
            Kernels.MatrixVector(layer.Down, _gate, _branch);
            Kernels.AddScaled(1, _branch, _hidden);
        }
        Length++;
        if (!wantLogits)
            return;
        Kernels.Normalize(_hidden, _model.OutputNorm, _shape.Epsilon, _normed);
        Kernels.MatrixVector(_model.Output, _normed, _logits);
    }

    /// <summary>Forgets the tokens from <paramref name="length"/> on, so that another continuation can be tried.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)Length);
        Length = length;
    }

    /// <summary>Overwrites everything that depends on the tokens, and starts anew.</summary>
    public void Clear()
    {
        Length = 0;
        foreach (var cache in (float[][][])[_keys, _values, [_hidden, _normed, _query, _attended, _branch, _gate, _up, _scores, _logits]])
        {
            foreach (var buffer in cache)
                Array.Clear(buffer);
        }
    }

    private void Attend(LlamaLayer layer, float[] keys, float[] values)
    {
        var (headSize, keyValueWidth) = (_shape.HeadSize, _shape.KeyValueWidth);
        var key = keys.AsSpan(Length * keyValueWidth, keyValueWidth);
        Kernels.Normalize(_hidden, layer.AttentionNorm, _shape.Epsilon, _normed);
        Kernels.MatrixVector(layer.Query, _normed, _query);
        Kernels.MatrixVector(layer.Key, _normed, key);
        Kernels.MatrixVector(layer.Value, _normed, values.AsSpan(Length * keyValueWidth, keyValueWidth));
        Rotate(_query, key);

        var scale = 1 / MathF.Sqrt(headSize);
        var group = _shape.Heads / _shape.KeyValueHeads;
        var scores = _scores.AsSpan(0, Length + 1);
        Array.Clear(_attended);
        for (var head = 0; head < _shape.Heads; head++)
        {
            var query = _query.AsSpan(head * headSize, headSize);
            var output = _attended.AsSpan(head * headSize, headSize);
            var at = head / group * headSize;
            for (var t = 0; t < scores.Length; t++)
                scores[t] = scale * Kernels.Dot(query, keys.AsSpan(t * keyValueWidth + at, headSize));
            Kernels.Softmax(scores);
            for (var t = 0; t < scores.Length; t++)
                Kernels.AddScaled(scores[t], values.AsSpan(t * keyValueWidth + at, headSize), output);
        }
        Kernels.MatrixVector(layer.Output, _attended, _branch);
        Kernels.AddScaled(1, _branch, _hidden);
    }

    /// <summary>Rotary positions on neighbouring pairs, the llama convention in GGUF.</summary>
    private void Rotate(Span<float> query, Span<float> key)
    {
        for (var pair = 0; pair < _frequencies.Length; pair++)
        {
            var (sine, cosine) = MathF.SinCos(Length * _frequencies[pair]);
            for (var i = 2 * pair; i < query.Length; i += _shape.HeadSize)
            {
                Turn(query, i, sine, cosine);
                if (i < key.Length)
                    Turn(key, i, sine, cosine);
            }
        }

        static void Turn(Span<float> values, int i, float sine, float cosine) =>
            (values[i], values[i + 1]) = (values[i] * cosine - values[i + 1] * sine, values[i] * sine + values[i + 1] * cosine);
    }
}
