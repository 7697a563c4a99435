namespace Cocoon.Attestation.Policies;

/// <summary>The evidence policies by their names in configuration, and those that files describe.</summary>
public static class EvidencePolicies
{
    private const string Any = "any";
    private const string FileExtension = ".json";

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [Any, .. EvidenceKindExtensions.Named.Select(EvidenceKindExtensions.Name)];

    /// <summary>What the policy of this name wants, read from a file where it names one.</summary>
    /// <param name="name">One of <see cref="Names"/>, or the path of a policy file, which ends in ".json".</param>
    /// <exception cref="ArgumentException">There is no such policy.</exception>
    /// <exception cref="AttestationException">The file cannot be used.</exception>
    public static EvidenceRules Read(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name == Any) return new EvidenceRules { Name = Any };
        if (name.EndsWith(FileExtension, StringComparison.OrdinalIgnoreCase)) return EvidencePolicyFile.Read(name);
        return EvidenceKindExtensions.Named.Where(kind => kind.Name() == name).ToArray() is [var named]
            ? EvidenceRules.Of(named)
            : throw new ArgumentException(
                $"There is no evidence policy '{name}'; choose one of {string.Join(", ", Names)}, or the path of a policy file, which ends in {FileExtension}.", nameof(name));
    }

    /// <summary>The policy of this name, with the strictest requirements, or the one that a file describes.</summary>
    /// <param name="name">As <see cref="Read"/> takes it.</param>
    /// <param name="allowedImages">Which images are accepted. Null or empty: every one.</param>
    /// <param name="services">What policies share; null for a clock and no collateral of Intel's.</param>
    /// <exception cref="ArgumentException">There is no such policy, or it cannot honour the list.</exception>
    /// <exception cref="AttestationException">The file cannot be used.</exception>
    public static IEvidencePolicy Create(string name, ImageAllowList? allowedImages = null, PolicyServices? services = null) =>
        Create(Restrict(Read(name), allowedImages ?? ImageAllowList.Everything), services ?? new PolicyServices(TimeProvider.System));

    /// <summary>The policy with these rules.</summary>
    public static IEvidencePolicy Create(EvidenceRules rules, PolicyServices services)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(services);
        return rules.Kinds.IsDefaultOrEmpty
            ? new AnyPolicy()
            : new CachedPolicy(new RulesPolicy(rules, rules.Kinds.ToDictionary(kind => kind, kind => Create(kind, rules, services))), services.Time);
    }

    /// <summary>Rules that accept of these images only.</summary>
    /// <exception cref="ArgumentException">They cannot honour the list.</exception>
    public static EvidenceRules Restrict(EvidenceRules rules, ImageAllowList images)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(images);
        if (images.Hashes.IsDefaultOrEmpty) return rules;
        if (rules.Kinds.IsDefaultOrEmpty)
            throw new ArgumentException($"The policy '{rules.Name}' knows no images, so no peer could be in its list of images; empty the list or choose another policy.", nameof(images));
        return rules.Images.Hashes.IsDefaultOrEmpty
            ? rules with { Images = images }
            : throw new ArgumentException($"The policy '{rules.Name}' lists images itself; list them in one place.", nameof(images));
    }

    private static IEvidencePolicy Create(EvidenceKind kind, EvidenceRules rules, PolicyServices services) => kind switch
    {
        EvidenceKind.FakeTdx => new FakeTdxPolicy(rules.Images),
        EvidenceKind.SimulatedTdx => new TdxPolicy(kind, services.SimulatedCollateral, rules.Tdx, rules.Images, services.Time),
        EvidenceKind.Tdx => new TdxPolicy(kind, services.IntelCollateral, rules.Tdx, rules.Images, services.Time),
        EvidenceKind.SevSnp => new SevSnpPolicy(services.AmdEndorsements, rules.SevSnp, rules.Images, services.Time),
        _ => throw new ArgumentException($"No policy accepts the evidence '{kind.Name()}'.", nameof(kind)),
    };
}
