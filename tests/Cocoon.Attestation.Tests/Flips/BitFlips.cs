using System.Collections.Concurrent;

namespace Cocoon.Attestation.Tests.Flips;

/// <summary>
/// Changes one bit at a time and says which changes were not noticed. Runs on all processors, so it belongs into tests of
/// <see cref="FlipCollection"/>, beside which nothing else runs. Whatever a reader throws but its declared error fails the test.
/// </summary>
internal static class BitFlips
{
    /// <summary>All eight bits of every byte.</summary>
    /// <param name="part">What is changed.</param>
    /// <param name="isBelieved">Whether the check under test passes; an <see cref="AttestationException"/> is a no. Called from several threads.</param>
    public static BitFlip[] InAll(ReadOnlyMemory<byte> part, Func<byte[], bool> isBelieved) => Run(part, 0..part.Length, 8, isBelieved);

    /// <summary>All eight bits of the bytes of a range.</summary>
    public static BitFlip[] InAll(ReadOnlyMemory<byte> part, Range range, Func<byte[], bool> isBelieved) => Run(part, range, 8, isBelieved);

    /// <summary>One bit of every byte, the next bit from byte to byte.</summary>
    public static BitFlip[] OneInEach(ReadOnlyMemory<byte> part, Func<byte[], bool> isBelieved) => Run(part, 0..part.Length, 1, isBelieved);

    /// <summary>One bit of every byte of a range, the next bit from byte to byte.</summary>
    public static BitFlip[] OneInEach(ReadOnlyMemory<byte> part, Range range, Func<byte[], bool> isBelieved) => Run(part, range, 1, isBelieved);

    private static BitFlip[] Run(ReadOnlyMemory<byte> part, Range range, int bitsEach, Func<byte[], bool> isBelieved)
    {
        // Each of the tests rests on this: a check that believes nothing would notice everything.
        isBelieved(part.ToArray()).ShouldBeTrue("what was not changed is not believed");
        var (start, length) = range.GetOffsetAndLength(part.Length);
        var believed = new ConcurrentBag<BitFlip>();
        Parallel.For(start, start + length, part.ToArray, (index, _, bytes) =>
        {
            for (var count = 0; count < bitsEach; count++)
            {
                var bit = (index + count) % 8;
                bytes[index] ^= (byte)(1 << bit);
                if (IsBelieved(bytes)) believed.Add(new BitFlip(index, bit));
                bytes[index] ^= (byte)(1 << bit);
            }
            return bytes;
        }, _ => { });
        return [.. believed.OrderBy(flip => flip.Index).ThenBy(flip => flip.Bit)];

        bool IsBelieved(byte[] bytes)
        {
            try
            {
                return isBelieved(bytes);
            }
            catch (AttestationException)
            {
                return false;
            }
        }
    }
}
