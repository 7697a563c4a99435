using System.Collections.Immutable;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Policies;

/// <summary>The image hashes that a policy accepts; an empty list accepts every image.</summary>
/// <param name="Hashes">The hashes.</param>
public sealed record ImageAllowList(ImmutableArray<Bits256> Hashes)
{
    /// <summary>The list that accepts every image.</summary>
    public static ImageAllowList Everything { get; } = new([]);

    /// <summary>Looks a hash up, in a time that does not depend on what is found.</summary>
    /// <returns>Null when it is accepted; otherwise why not.</returns>
    public string? FindRefusal(Bits256 imageHash)
    {
        if (Hashes.IsDefaultOrEmpty) return null;
        var found = false;
        foreach (var hash in Hashes) found |= hash == imageHash;
        return found ? null : $"image check: found image {imageHash}, wanted one of {string.Join(", ", Hashes)}.";
    }
}
