namespace Cocoon.Attestation.Dcap;

/// <summary>Comparison under a mask.</summary>
internal static class Masked
{
    /// <summary>Whether the bits of <paramref name="found"/> that the mask has are those of <paramref name="wanted"/>; all of one size.</summary>
    public static bool Matches(ReadOnlySpan<byte> found, ReadOnlySpan<byte> mask, ReadOnlySpan<byte> wanted)
    {
        for (var i = 0; i < wanted.Length; i++)
        {
            if ((found[i] & mask[i]) != wanted[i]) return false;
        }
        return true;
    }
}
