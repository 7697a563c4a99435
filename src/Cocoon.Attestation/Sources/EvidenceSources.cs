using Cocoon.Attestation.SevSnp;
using Cocoon.Attestation.Simulation;

namespace Cocoon.Attestation.Sources;

/// <summary>The evidence sources by their names in configuration.</summary>
public static class EvidenceSources
{
    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["none", "fake_tdx", "simulated_tdx", "tdx", "sev_snp"];

    /// <summary>The source of this name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="simulatedImage">The files that `simulated_tdx` measures, at most <see cref="SimulatedImage.MaxFiles"/>; none by default.</param>
    /// <param name="amd">Gives `sev_snp` the chip's certificate where the host gives none with a report; null for nowhere.</param>
    /// <exception cref="ArgumentException">There is none, or there are too many files.</exception>
    public static IEvidenceSource Create(string name, IReadOnlyList<string>? simulatedImage = null, SnpEndorsementStore? amd = null) => name switch
    {
        "none" => new NoEvidenceSource(),
        "fake_tdx" => new FakeTdxSource(),
        "simulated_tdx" when simulatedImage is { Count: > SimulatedImage.MaxFiles } =>
            throw new ArgumentException($"A simulated image has at most {SimulatedImage.MaxFiles} files, found {simulatedImage.Count}.", nameof(simulatedImage)),
        "simulated_tdx" => new SimulatedTdxSource(simulatedImage ?? []),
        "tdx" => new TsmEvidenceSource(EvidenceKind.Tdx),
        "sev_snp" => new TsmEvidenceSource(EvidenceKind.SevSnp, amd),
        _ => throw new ArgumentException($"There is no evidence source '{name}'; choose one of {string.Join(", ", Names)}.", nameof(name)),
    };
}
