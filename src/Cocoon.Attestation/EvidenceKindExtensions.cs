using Cocoon.Attestation.Policies;

namespace Cocoon.Attestation;

/// <summary>What is known of each kind of evidence.</summary>
public static class EvidenceKindExtensions
{
    /// <summary>The kinds that a policy can ask for, in the order of what stands behind them.</summary>
    public static IReadOnlyList<EvidenceKind> Named { get; } = [EvidenceKind.FakeTdx, EvidenceKind.SimulatedTdx, EvidenceKind.Tdx, EvidenceKind.SevSnp];

    /// <summary>The name in configuration.</summary>
    public static string Name(this EvidenceKind kind) => kind switch
    {
        EvidenceKind.FakeTdx => "fake_tdx",
        EvidenceKind.SimulatedTdx => "simulated_tdx",
        EvidenceKind.Tdx => "tdx",
        EvidenceKind.SevSnp => "sev_snp",
        _ => "none",
    };

    /// <summary>The kind of this name, none included; null when there is no such kind.</summary>
    public static EvidenceKind? Find(string name)
    {
        foreach (var kind in Enum.GetValues<EvidenceKind>())
        {
            if (kind.Name() == name) return kind;
        }
        return null;
    }

    /// <summary>How much stands behind it at most.</summary>
    public static EvidenceTier Tier(this EvidenceKind kind) => kind switch
    {
        EvidenceKind.FakeTdx or EvidenceKind.SimulatedTdx => EvidenceTier.Test,
        EvidenceKind.Tdx or EvidenceKind.SevSnp => EvidenceTier.ConfidentialCpu,
        _ => EvidenceTier.None,
    };
}
