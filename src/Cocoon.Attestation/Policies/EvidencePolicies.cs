namespace Cocoon.Attestation.Policies;

/// <summary>The evidence policies by their names in configuration.</summary>
public static class EvidencePolicies
{
    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["any", "fake_tdx"];

    /// <summary>The policy of this name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="allowedImages">Which images are accepted. Null or empty: every one.</param>
    /// <exception cref="ArgumentException">There is no such policy, or it cannot honour the list.</exception>
    public static IEvidencePolicy Create(string name, ImageAllowList? allowedImages = null)
    {
        allowedImages ??= ImageAllowList.Everything;
        return name switch
        {
            "any" when allowedImages.Hashes.IsDefaultOrEmpty => new AnyPolicy(),
            "any" => throw new ArgumentException(
                "The policy 'any' knows no images, so no peer could be in its list of images; empty the list or choose another policy.",
                nameof(allowedImages)),
            "fake_tdx" => new FakeTdxPolicy(allowedImages),
            _ => throw new ArgumentException($"There is no evidence policy '{name}'; choose one of {string.Join(", ", Names)}.", nameof(name)),
        };
    }
}
