namespace Cocoon.Attestation.Sources;

/// <summary>The evidence sources by their names in configuration.</summary>
public static class EvidenceSources
{
    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["none", "fake_tdx", "tdx", "sev_snp"];

    /// <summary>The source of this name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static IEvidenceSource Create(string name) => name switch
    {
        "none" => new NoEvidenceSource(),
        "fake_tdx" => new FakeTdxSource(),
        "tdx" => new TsmEvidenceSource(EvidenceKind.Tdx),
        "sev_snp" => new TsmEvidenceSource(EvidenceKind.SevSnp),
        _ => throw new ArgumentException($"There is no evidence source '{name}'; choose one of {string.Join(", ", Names)}.", nameof(name)),
    };
}
