using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cocoon.Trainer.Training;

/// <summary>The model's loss on a batch and its gradient, written out by hand.</summary>
public sealed class Network
{
    private readonly ModelShape _shape;
    private readonly int _width;
    private readonly int _keyValueWidth;
    private readonly int _hidden;
    private readonly int _headSize;
    private readonly float[] _cosines;
    private readonly float[] _sines;
    private readonly LayerState[] _layers;
    private readonly float[] _scoreGradients;
    private readonly float[] _headTransposed;
    private float[] _last = [];
    private float[] _lastScale = [];
    private float[] _final = [];
    private float[] _logits = [];
    private float[] _gradient = [];
    private float[] _wide = [];
    private float[] _wide2 = [];
    private float[] _narrow = [];
    private float[] _query = [];
    private float[] _key = [];
    private float[] _value = [];
    private float[] _transposed = [];

    /// <summary>Creates a network with zeroed weights.</summary>
    public Network(ModelShape shape)
    {
        if (shape.Width % shape.Heads != 0 || shape.HeadSize % 2 != 0 || shape.Heads % shape.KeyValueHeads != 0)
            throw new ArgumentException("Heads must divide the width into even sizes, and key heads must divide the heads.", nameof(shape));
        _shape = shape;
        _width = shape.Width;
        _keyValueWidth = shape.KeyValueWidth;
        _hidden = shape.FeedForward;
        _headSize = shape.HeadSize;
        Weights = new Parameters(shape);
        Gradients = new Parameters(shape);
        _layers = new LayerState[shape.Layers];
        for (var i = 0; i < _layers.Length; i++)
            _layers[i] = new LayerState();
        var half = _headSize / 2;
        _cosines = new float[shape.Context * half];
        _sines = new float[shape.Context * half];
        for (var position = 0; position < shape.Context; position++)
        {
            for (var i = 0; i < half; i++)
            {
                var angle = position * Math.Pow(shape.RopeBase, -2.0 * i / _headSize);
                _cosines[position * half + i] = (float)Math.Cos(angle);
                _sines[position * half + i] = (float)Math.Sin(angle);
            }
        }
        _scoreGradients = new float[shape.Context * Padded(shape.Context)];
        _headTransposed = new float[_headSize * Padded(shape.Context)];
    }

    /// <summary>The weights.</summary>
    public Parameters Weights { get; }

    /// <summary>The gradients that <see cref="Backward"/> adds to.</summary>
    public Parameters Gradients { get; }

    /// <summary>Mean weighted cross-entropy of a batch in nats; keeps what <see cref="Backward"/> needs.</summary>
    public double Forward(TrainingBatch batch)
    {
        var count = batch.Tokens.Length;
        Grow(batch);
        var first = _layers[0].Input;
        var embedding = Weights[Weights.Embedding];
        for (var t = 0; t < count; t++)
            embedding.Slice(batch.Tokens[t] * _width, _width).CopyTo(first.AsSpan(t * _width));
        for (var i = 0; i < _layers.Length; i++)
            ForwardLayer(Weights.Layers[i], _layers[i], i + 1 < _layers.Length ? _layers[i + 1].Input : _last, batch);
        Normalize(_last, Weights[Weights.OutputNorm], _final, _lastScale, count);
        Transpose(embedding, _shape.Vocabulary, _width);
        Gemm.Multiply(count, _shape.Vocabulary, _width, _final, _width, 1, _transposed, _shape.Vocabulary, _logits, _shape.Vocabulary, add: false);

        var total = 0.0;
        var weight = 0.0;
        foreach (var value in batch.Weights)
            weight += value;
        for (var t = 0; t < count; t++)
        {
            var row = _logits.AsSpan(t * _shape.Vocabulary, _shape.Vocabulary);
            if (batch.Weights[t] == 0)
            {
                row.Clear();
                continue;
            }
            Softmax(row, row.Length);
            total -= batch.Weights[t] * Math.Log(Math.Max(row[batch.Targets[t]], 1e-30));
            row[batch.Targets[t]] -= 1;
            var scale = (float)(batch.Weights[t] / weight);
            foreach (ref var value in row)
                value *= scale;
        }
        return total / weight;
    }

    /// <summary>Adds the gradient of the last <see cref="Forward"/> to <see cref="Gradients"/>.</summary>
    public void Backward(TrainingBatch batch)
    {
        var count = batch.Tokens.Length;
        var vocabulary = _shape.Vocabulary;
        Gemm.Multiply(vocabulary, _width, count, _logits, 1, vocabulary, _final, _width, Gradients[Gradients.Embedding], _width, add: true);
        Gemm.Multiply(count, _width, vocabulary, _logits, vocabulary, 1, Weights[Weights.Embedding], _width, _narrow, _width, add: false);
        Array.Clear(_gradient, 0, count * _width);
        NormalizeBackward(_last, Weights[Weights.OutputNorm], _lastScale, _narrow, _gradient, Gradients[Gradients.OutputNorm], count);
        for (var i = _layers.Length - 1; i >= 0; i--)
            BackwardLayer(Weights.Layers[i], _layers[i], batch);
        var embedding = Gradients[Gradients.Embedding];
        for (var t = 0; t < count; t++)
        {
            var row = embedding.Slice(batch.Tokens[t] * _width, _width);
            for (var i = 0; i < row.Length; i++)
                row[i] += _gradient[t * _width + i];
        }
    }

    private static int Padded(int length) => (length + 31) / 32 * 32;

    private void ForwardLayer(Parameters.Layer layer, LayerState state, float[] output, TrainingBatch batch)
    {
        var count = batch.Tokens.Length;
        Normalize(state.Input, Weights[layer.AttentionNorm], state.Normed, state.Scale, count);
        Linear(state.Normed, layer.Query, state.Query, count);
        Linear(state.Normed, layer.Key, state.Key, count);
        Linear(state.Normed, layer.Value, state.Value, count);
        for (var s = 0; s + 1 < batch.Starts.Length; s++)
        {
            var (start, length) = (batch.Starts[s], batch.Starts[s + 1] - batch.Starts[s]);
            Rotate(state.Query, _width, start, length, 1);
            Rotate(state.Key, _keyValueWidth, start, length, 1);
            Attend(state, start, length, ScoreOffset(batch, s));
        }
        Linear(state.Attended, layer.Output, state.Middle, count);
        Add(state.Middle, state.Input, count * _width);
        Normalize(state.Middle, Weights[layer.FeedForwardNorm], state.Normed2, state.Scale2, count);
        Linear(state.Normed2, layer.Gate, state.Gate, count);
        Linear(state.Normed2, layer.Up, state.Up, count);
        for (var i = 0; i < count * _hidden; i += 16)
        {
            var gate = Vector512.LoadUnsafe(ref state.Gate[0], (nuint)i);
            (gate * Sigmoid(gate) * Vector512.LoadUnsafe(ref state.Up[0], (nuint)i)).StoreUnsafe(ref state.Active[0], (nuint)i);
        }
        Linear(state.Active, layer.Down, output, count);
        Add(output, state.Middle, count * _width);
    }

    /// <summary>Takes the gradient after the layer in <see cref="_gradient"/> and leaves the gradient before it there.</summary>
    private void BackwardLayer(Parameters.Layer layer, LayerState state, TrainingBatch batch)
    {
        var count = batch.Tokens.Length;
        LinearBackward(state.Active, layer.Down, _gradient, _wide, count, add: false);
        for (var i = 0; i < count * _hidden; i += 16)
        {
            var gate = Vector512.LoadUnsafe(ref state.Gate[0], (nuint)i);
            var up = Vector512.LoadUnsafe(ref state.Up[0], (nuint)i);
            var outer = Vector512.LoadUnsafe(ref _wide[0], (nuint)i);
            var sigmoid = Sigmoid(gate);
            (outer * gate * sigmoid).StoreUnsafe(ref _wide2[0], (nuint)i);
            (outer * up * sigmoid * (Vector512<float>.One + gate * (Vector512<float>.One - sigmoid))).StoreUnsafe(ref _wide[0], (nuint)i);
        }
        LinearBackward(state.Normed2, layer.Gate, _wide, _narrow, count, add: false);
        LinearBackward(state.Normed2, layer.Up, _wide2, _narrow, count, add: true);
        NormalizeBackward(state.Middle, Weights[layer.FeedForwardNorm], state.Scale2, _narrow, _gradient, Gradients[layer.FeedForwardNorm], count);

        LinearBackward(state.Attended, layer.Output, _gradient, _narrow, count, add: false);
        Array.Clear(_query, 0, count * _width);
        Array.Clear(_key, 0, count * _keyValueWidth);
        Array.Clear(_value, 0, count * _keyValueWidth);
        for (var s = 0; s + 1 < batch.Starts.Length; s++)
        {
            var (start, length) = (batch.Starts[s], batch.Starts[s + 1] - batch.Starts[s]);
            AttendBackward(state, start, length, ScoreOffset(batch, s));
            Rotate(_query, _width, start, length, -1);
            Rotate(_key, _keyValueWidth, start, length, -1);
        }
        LinearBackward(state.Normed, layer.Query, _query, _narrow, count, add: false);
        LinearBackward(state.Normed, layer.Key, _key, _narrow, count, add: true);
        LinearBackward(state.Normed, layer.Value, _value, _narrow, count, add: true);
        NormalizeBackward(state.Input, Weights[layer.AttentionNorm], state.Scale, _narrow, _gradient, Gradients[layer.AttentionNorm], count);
    }

    private int ScoreOffset(TrainingBatch batch, int sequence)
    {
        var offset = 0;
        for (var s = 0; s < sequence; s++)
        {
            var length = batch.Starts[s + 1] - batch.Starts[s];
            offset += _shape.Heads * length * Padded(length);
        }
        return offset;
    }

    private void Attend(LayerState state, int start, int length, int scoreOffset)
    {
        var padded = Padded(length);
        var scale = 1 / MathF.Sqrt(_headSize);
        var group = _shape.Heads / _shape.KeyValueHeads;
        for (var head = 0; head < _shape.Heads; head++)
        {
            var queryAt = start * _width + head * _headSize;
            var keyAt = start * _keyValueWidth + head / group * _headSize;
            var scores = state.Scores.AsSpan(scoreOffset + head * length * padded, length * padded);
            TransposeHead(state.Key.AsSpan(keyAt), length, padded);
            Gemm.Multiply(length, padded, _headSize, state.Query.AsSpan(queryAt), _width, 1, _headTransposed, padded, scores, padded, add: false);
            for (var t = 0; t < length; t++)
            {
                var row = scores.Slice(t * padded, padded);
                for (var i = 0; i <= t; i++)
                    row[i] *= scale;
                Softmax(row, t + 1);
                row[(t + 1)..].Clear();
            }
            Gemm.Multiply(length, _headSize, length, scores, padded, 1, state.Value.AsSpan(keyAt), _keyValueWidth,
                state.Attended.AsSpan(queryAt), _width, add: false);
        }
    }

    private void AttendBackward(LayerState state, int start, int length, int scoreOffset)
    {
        var padded = Padded(length);
        var scale = 1 / MathF.Sqrt(_headSize);
        var group = _shape.Heads / _shape.KeyValueHeads;
        for (var head = 0; head < _shape.Heads; head++)
        {
            var queryAt = start * _width + head * _headSize;
            var keyAt = start * _keyValueWidth + head / group * _headSize;
            var scores = state.Scores.AsSpan(scoreOffset + head * length * padded, length * padded);
            var outer = _narrow.AsSpan(queryAt);
            Gemm.Multiply(length, _headSize, length, scores, 1, padded, outer, _width, _value.AsSpan(keyAt), _keyValueWidth, add: true);
            TransposeHead(state.Value.AsSpan(keyAt), length, padded);
            var gradients = _scoreGradients.AsSpan(0, length * padded);
            Gemm.Multiply(length, padded, _headSize, outer, _width, 1, _headTransposed, padded, gradients, padded, add: false);
            for (var t = 0; t < length; t++)
            {
                var row = gradients.Slice(t * padded, padded);
                var probabilities = scores.Slice(t * padded, padded);
                var dot = 0f;
                for (var i = 0; i <= t; i++)
                    dot += row[i] * probabilities[i];
                for (var i = 0; i <= t; i++)
                    row[i] = probabilities[i] * (row[i] - dot) * scale;
                row[(t + 1)..].Clear();
            }
            Gemm.Multiply(length, _headSize, length, gradients, padded, 1, state.Key.AsSpan(keyAt), _keyValueWidth,
                _query.AsSpan(queryAt), _width, add: true);
            Gemm.Multiply(length, _headSize, length, gradients, 1, padded, state.Query.AsSpan(queryAt), _width,
                _key.AsSpan(keyAt), _keyValueWidth, add: true);
        }
    }

    private void TransposeHead(ReadOnlySpan<float> head, int length, int padded)
    {
        for (var i = 0; i < _headSize; i++)
        {
            var row = _headTransposed.AsSpan(i * padded, padded);
            for (var t = 0; t < length; t++)
                row[t] = head[t * _keyValueWidth + i];
            row[length..].Clear();
        }
    }

    private void Rotate(float[] values, int width, int start, int length, float direction)
    {
        var half = _headSize / 2;
        for (var t = 0; t < length; t++)
        {
            var row = values.AsSpan((start + t) * width, width);
            for (var i = 0; i < row.Length; i += 2)
            {
                var at = t * half + i % _headSize / 2;
                var (cosine, sine) = (_cosines[at], _sines[at] * direction);
                (row[i], row[i + 1]) = (row[i] * cosine - row[i + 1] * sine, row[i] * sine + row[i + 1] * cosine);
            }
        }
    }

    private void Linear(float[] input, Parameters.Matrix matrix, float[] output, int count) =>
        Gemm.Multiply(count, matrix.Outputs, matrix.Inputs, input, matrix.Inputs, 1, Weights[matrix], matrix.Outputs, output, matrix.Outputs, add: false);

    private void LinearBackward(float[] input, Parameters.Matrix matrix, float[] outer, float[] inner, int count, bool add)
    {
        Gemm.Multiply(matrix.Inputs, matrix.Outputs, count, input, 1, matrix.Inputs, outer, matrix.Outputs, Gradients[matrix], matrix.Outputs, add: true);
        Transpose(Weights[matrix], matrix.Inputs, matrix.Outputs);
        Gemm.Multiply(count, matrix.Inputs, matrix.Outputs, outer, matrix.Outputs, 1, _transposed, matrix.Inputs, inner, matrix.Inputs, add);
    }

    private void Transpose(ReadOnlySpan<float> matrix, int rows, int columns)
    {
        for (var row = 0; row < rows; row++)
        {
            var source = matrix.Slice(row * columns, columns);
            for (var column = 0; column < source.Length; column++)
                _transposed[column * rows + row] = source[column];
        }
    }

    private void Normalize(float[] input, ReadOnlySpan<float> gain, float[] output, float[] scales, int count)
    {
        for (var t = 0; t < count; t++)
        {
            var x = input.AsSpan(t * _width, _width);
            var y = output.AsSpan(t * _width, _width);
            var sum = 0f;
            foreach (var value in x)
                sum += value * value;
            var scale = scales[t] = 1 / MathF.Sqrt(sum / _width + _shape.Epsilon);
            for (var i = 0; i < x.Length; i++)
                y[i] = x[i] * scale * gain[i];
        }
    }

    private void NormalizeBackward(
        float[] input, ReadOnlySpan<float> gain, float[] scales, float[] outer, float[] inner, Span<float> gainGradient, int count)
    {
        for (var t = 0; t < count; t++)
        {
            var x = input.AsSpan(t * _width, _width);
            var dy = outer.AsSpan(t * _width, _width);
            var dx = inner.AsSpan(t * _width, _width);
            var scale = scales[t];
            var dot = 0f;
            for (var i = 0; i < x.Length; i++)
            {
                dot += dy[i] * gain[i] * x[i];
                gainGradient[i] += dy[i] * x[i] * scale;
            }
            var pull = scale * scale * scale * dot / _width;
            for (var i = 0; i < x.Length; i++)
                dx[i] += dy[i] * gain[i] * scale - x[i] * pull;
        }
    }

    private static void Add(float[] target, float[] other, int count)
    {
        for (var i = 0; i < count; i++)
            target[i] += other[i];
    }

    private static Vector512<float> Sigmoid(Vector512<float> x) => Vector512<float>.One / (Vector512<float>.One + Vector512.Exp(-x));

    /// <summary>In place over the first <paramref name="count"/> elements.</summary>
    private static void Softmax(Span<float> row, int count)
    {
        var max = float.NegativeInfinity;
        for (var i = 0; i < count; i++)
            max = MathF.Max(max, row[i]);
        var shift = Vector512.Create(max);
        var at = 0;
        ref var first = ref MemoryMarshal.GetReference(row);
        for (; at + 16 <= count; at += 16)
            Vector512.Exp(Vector512.LoadUnsafe(ref first, (nuint)at) - shift).StoreUnsafe(ref first, (nuint)at);
        for (; at < count; at++)
            row[at] = Vector512.Exp(Vector512.CreateScalar(row[at] - max)).ToScalar();
        var sum = 0f;
        for (var i = 0; i < count; i++)
            sum += row[i];
        var scale = 1 / sum;
        for (var i = 0; i < count; i++)
            row[i] *= scale;
    }

    private void Grow(TrainingBatch batch)
    {
        var count = batch.Tokens.Length;
        for (var s = 0; s + 1 < batch.Starts.Length; s++)
        {
            if (batch.Starts[s + 1] - batch.Starts[s] > _shape.Context)
                throw new ArgumentException($"A sequence is longer than the context of {_shape.Context} tokens.", nameof(batch));
        }
        var scores = ScoreOffset(batch, batch.Starts.Length - 1);
        foreach (var layer in _layers)
            layer.Grow(count, _width, _keyValueWidth, _hidden, scores);
        LayerState.Grow(ref _last, count * _width);
        LayerState.Grow(ref _lastScale, count);
        LayerState.Grow(ref _final, count * _width);
        LayerState.Grow(ref _logits, count * _shape.Vocabulary);
        LayerState.Grow(ref _gradient, count * _width);
        LayerState.Grow(ref _wide, count * _hidden + 16);
        LayerState.Grow(ref _wide2, count * _hidden + 16);
        LayerState.Grow(ref _narrow, count * _width);
        LayerState.Grow(ref _query, count * _width);
        LayerState.Grow(ref _key, count * _keyValueWidth);
        LayerState.Grow(ref _value, count * _keyValueWidth);
        LayerState.Grow(ref _transposed, _width * Math.Max(Math.Max(_shape.Vocabulary, _hidden), _width));
    }
}
