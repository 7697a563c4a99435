using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cocoon.Trainer.Training;

/// <summary>
/// Single-threaded matrix product. Every element of the result is one chain of fused multiply-adds in the order of the inner
/// index, whatever the vector width of the machine, so results are the same bits everywhere.
/// </summary>
internal static class Gemm
{
    /// <summary>
    /// C (m×n) = or += A (m×k) · B (k×n). A has a stride for rows and one for columns, so it may be a transpose; the rows of B and C
    /// are strides apart.
    /// </summary>
    public static void Multiply(
        int m, int n, int k, ReadOnlySpan<float> a, int aRow, int aColumn, ReadOnlySpan<float> b, int bRow, Span<float> c, int cRow, bool add)
    {
        if (m == 0 || n == 0 || k == 0)
            throw new ArgumentException("A matrix is empty.");
        _ = a[(m - 1) * aRow + (k - 1) * aColumn];
        _ = b[(k - 1) * bRow + n - 1];
        _ = c[(m - 1) * cRow + n - 1];
        ref var a0 = ref MemoryMarshal.GetReference(a);
        ref var b0 = ref MemoryMarshal.GetReference(b);
        ref var c0 = ref MemoryMarshal.GetReference(c);
        var column = 0;
        for (; column + 32 <= n; column += 32)
        {
            var row = 0;
            for (; row + 4 <= m; row += 4)
            {
                Tile4(k, ref Unsafe.Add(ref a0, row * aRow), aRow, aColumn, ref Unsafe.Add(ref b0, column), bRow,
                    ref Unsafe.Add(ref c0, row * cRow + column), cRow, add);
            }
            for (; row < m; row++)
            {
                Tile1(k, ref Unsafe.Add(ref a0, row * aRow), aColumn, ref Unsafe.Add(ref b0, column), bRow,
                    ref Unsafe.Add(ref c0, row * cRow + column), add);
            }
        }
        for (; column < n; column++)
        {
            for (var row = 0; row < m; row++)
            {
                var sum = 0f;
                for (var inner = 0; inner < k; inner++)
                    sum = MathF.FusedMultiplyAdd(a[row * aRow + inner * aColumn], b[inner * bRow + column], sum);
                c[row * cRow + column] = add ? c[row * cRow + column] + sum : sum;
            }
        }
    }

    private static void Tile4(int k, ref float a, int aRow, int aColumn, ref float b, int bRow, ref float c, int cRow, bool add)
    {
        Vector512<float> s00 = default, s01 = default, s10 = default, s11 = default;
        Vector512<float> s20 = default, s21 = default, s30 = default, s31 = default;
        for (var inner = 0; inner < k; inner++)
        {
            var left = Vector512.LoadUnsafe(ref b);
            var right = Vector512.LoadUnsafe(ref b, 16);
            var x = Vector512.Create(a);
            s00 = Vector512.FusedMultiplyAdd(x, left, s00);
            s01 = Vector512.FusedMultiplyAdd(x, right, s01);
            x = Vector512.Create(Unsafe.Add(ref a, aRow));
            s10 = Vector512.FusedMultiplyAdd(x, left, s10);
            s11 = Vector512.FusedMultiplyAdd(x, right, s11);
            x = Vector512.Create(Unsafe.Add(ref a, 2 * aRow));
            s20 = Vector512.FusedMultiplyAdd(x, left, s20);
            s21 = Vector512.FusedMultiplyAdd(x, right, s21);
            x = Vector512.Create(Unsafe.Add(ref a, 3 * aRow));
            s30 = Vector512.FusedMultiplyAdd(x, left, s30);
            s31 = Vector512.FusedMultiplyAdd(x, right, s31);
            a = ref Unsafe.Add(ref a, aColumn);
            b = ref Unsafe.Add(ref b, bRow);
        }
        Store(s00, s01, ref c, add);
        Store(s10, s11, ref Unsafe.Add(ref c, cRow), add);
        Store(s20, s21, ref Unsafe.Add(ref c, 2 * cRow), add);
        Store(s30, s31, ref Unsafe.Add(ref c, 3 * cRow), add);
    }

    private static void Tile1(int k, ref float a, int aColumn, ref float b, int bRow, ref float c, bool add)
    {
        Vector512<float> s0 = default, s1 = default;
        for (var inner = 0; inner < k; inner++)
        {
            var x = Vector512.Create(a);
            s0 = Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref b), s0);
            s1 = Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref b, 16), s1);
            a = ref Unsafe.Add(ref a, aColumn);
            b = ref Unsafe.Add(ref b, bRow);
        }
        Store(s0, s1, ref c, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> left, Vector512<float> right, ref float c, bool add)
    {
        if (add)
        {
            left += Vector512.LoadUnsafe(ref c);
            right += Vector512.LoadUnsafe(ref c, 16);
        }
        left.StoreUnsafe(ref c);
        right.StoreUnsafe(ref c, 16);
    }
}
