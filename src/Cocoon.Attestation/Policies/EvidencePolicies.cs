using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.SevSnp;

namespace Cocoon.Attestation.Policies;

/// <summary>The evidence policies by their names in configuration.</summary>
public static class EvidencePolicies
{
    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["any", "fake_tdx", "simulated_tdx", "tdx", "sev_snp"];

    /// <summary>The policy of this name, with the strictest requirements.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="allowedImages">Which images are accepted. Null or empty: every one.</param>
    /// <param name="services">What policies share; null for a clock and no collateral of Intel's.</param>
    /// <exception cref="ArgumentException">There is no such policy, or it cannot honour the list.</exception>
    public static IEvidencePolicy Create(string name, ImageAllowList? allowedImages = null, PolicyServices? services = null)
    {
        allowedImages ??= ImageAllowList.Everything;
        services ??= new PolicyServices(TimeProvider.System);
        return name switch
        {
            "any" when allowedImages.Hashes.IsDefaultOrEmpty => new AnyPolicy(),
            "any" => throw new ArgumentException(
                "The policy 'any' knows no images, so no peer could be in its list of images; empty the list or choose another policy.",
                nameof(allowedImages)),
            "fake_tdx" => new FakeTdxPolicy(allowedImages),
            "simulated_tdx" => Cached(new TdxPolicy(EvidenceKind.SimulatedTdx, services.SimulatedCollateral, QuoteRequirements.Default, allowedImages, services.Time)),
            "tdx" => Cached(new TdxPolicy(EvidenceKind.Tdx, services.IntelCollateral, QuoteRequirements.Default, allowedImages, services.Time)),
            "sev_snp" => new SevSnpPolicy(services.AmdEndorsements, new SnpRequirements(), allowedImages, services.Time),
            _ => throw new ArgumentException($"There is no evidence policy '{name}'; choose one of {string.Join(", ", Names)}.", nameof(name)),
        };

        CachedPolicy Cached(IEvidencePolicy policy) => new(policy, services.Time);
    }
}
