using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cocoon.Inference.Llama;

/// <summary>The arithmetic of one token. The order of every sum is fixed, so results do not depend on the machine's vector width.</summary>
internal static class Kernels
{
    private const int Lanes = 16;

    /// <summary>y = W x, where W's rows of <c>x.Length</c> elements lie one after another.</summary>
    public static void MatrixVector(ReadOnlySpan<float> matrix, ReadOnlySpan<float> x, Span<float> y)
    {
        for (var row = 0; row < y.Length; row++)
            y[row] = Dot(matrix.Slice(row * x.Length, x.Length), x);
    }

    /// <summary>The inner product of two vectors of one length.</summary>
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Debug.Assert(a.Length == b.Length);
        b = b[..a.Length];
        ref var left = ref MemoryMarshal.GetReference(a);
        ref var right = ref MemoryMarshal.GetReference(b);
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        var i = 0;
        for (; i + 4 * Lanes <= a.Length; i += 4 * Lanes)
        {
            s0 = Step(ref left, ref right, i, s0);
            s1 = Step(ref left, ref right, i + Lanes, s1);
            s2 = Step(ref left, ref right, i + 2 * Lanes, s2);
            s3 = Step(ref left, ref right, i + 3 * Lanes, s3);
        }
        for (; i + Lanes <= a.Length; i += Lanes)
            s0 = Step(ref left, ref right, i, s0);
        var all = s0 + s1 + (s2 + s3);
        var eight = all.GetLower() + all.GetUpper();
        var four = eight.GetLower() + eight.GetUpper();
        var sum = four[0] + four[2] + (four[1] + four[3]);
        for (; i < a.Length; i++)
            sum = MathF.FusedMultiplyAdd(a[i], b[i], sum);
        return sum;

        static Vector512<float> Step(ref float a, ref float b, int at, Vector512<float> sum) =>
            Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref a, (nuint)at), Vector512.LoadUnsafe(ref b, (nuint)at), sum);
    }

    /// <summary>y += a·x.</summary>
    public static void AddScaled(float a, ReadOnlySpan<float> x, Span<float> y)
    {
        y = y[..x.Length];
        ref var from = ref MemoryMarshal.GetReference(x);
        ref var to = ref MemoryMarshal.GetReference(y);
        var factor = Vector512.Create(a);
        var i = 0;
        for (; i + Lanes <= x.Length; i += Lanes)
        {
            Vector512.FusedMultiplyAdd(factor, Vector512.LoadUnsafe(ref from, (nuint)i), Vector512.LoadUnsafe(ref to, (nuint)i))
                .StoreUnsafe(ref to, (nuint)i);
        }
        for (; i < x.Length; i++)
            y[i] = MathF.FusedMultiplyAdd(a, x[i], y[i]);
    }

    /// <summary>output = x / sqrt(mean(x²) + epsilon) · gain.</summary>
    public static void Normalize(ReadOnlySpan<float> x, ReadOnlySpan<float> gain, float epsilon, Span<float> output)
    {
        var scale = 1 / MathF.Sqrt(Dot(x, x) / x.Length + epsilon);
        for (var i = 0; i < x.Length; i++)
            output[i] = x[i] * scale * gain[i];
    }

    /// <summary>In place: e^(x − max) over their sum.</summary>
    public static void Softmax(Span<float> x)
    {
        var max = x[0];
        foreach (var value in x)
            max = MathF.Max(max, value);
        ref var first = ref MemoryMarshal.GetReference(x);
        var shift = Vector512.Create(max);
        var i = 0;
        for (; i + Lanes <= x.Length; i += Lanes)
            Vector512.Exp(Vector512.LoadUnsafe(ref first, (nuint)i) - shift).StoreUnsafe(ref first, (nuint)i);
        for (; i < x.Length; i++)
            x[i] = Vector512.Exp(Vector512.CreateScalar(x[i] - max)).ToScalar();
        var sum = 0f;
        foreach (var value in x)
            sum += value;
        var scale = 1 / sum;
        for (i = 0; i < x.Length; i++)
            x[i] *= scale;
    }

    /// <summary>In place: gate = gate · sigmoid(gate) · up.</summary>
    public static void GatedSilu(Span<float> gate, ReadOnlySpan<float> up)
    {
        up = up[..gate.Length];
        ref var first = ref MemoryMarshal.GetReference(gate);
        ref var other = ref MemoryMarshal.GetReference(up);
        var i = 0;
        for (; i + Lanes <= gate.Length; i += Lanes)
        {
            var x = Vector512.LoadUnsafe(ref first, (nuint)i);
            (x / (Vector512<float>.One + Vector512.Exp(-x)) * Vector512.LoadUnsafe(ref other, (nuint)i)).StoreUnsafe(ref first, (nuint)i);
        }
        for (; i < gate.Length; i++)
            gate[i] = gate[i] / (1 + Vector512.Exp(Vector512.CreateScalar(-gate[i])).ToScalar()) * up[i];
    }
}
