using System.Collections.Immutable;
using Cocoon.Attestation.Facts;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Verification;

namespace Cocoon.Cli.Commands.Attest;

/// <summary>The evidence of a machine's NVIDIA GPUs.</summary>
internal sealed class GpuSubject(ImmutableArray<GpuEvidence> gpus) : AttestSubject
{
    public override string Kind => "nvidia";

    public override ImmutableArray<string> Takes => ["--rim", "--crl", "--nonce", "--chain"];

    protected override bool CarriesGpus => true;

    public override IEnumerable<EvidenceFact> Describe() => gpus.SelectMany((gpu, index) =>
        GpuFacts.Of(gpu).Select(fact => fact with { Name = Prefix(index) + fact.Name }));

    internal override AttestVerdict Check(AttestDemands demands)
    {
        if (gpus.Any(gpu => gpu.Certificates.IsEmpty)) throw new FormatException("A GPU's report is verified with the chain of its key; give it with --chain FILE, PEM.");
        var rules = demands.Policy is null ? new GpuRules() : demands.Policy.Gpu ?? throw new FormatException("--policy: the policy says nothing of GPUs; give it rules in 'gpu'.");
        if (demands.Manifests.Length != 2 && (demands.Policy is null || demands.Manifests.Length > 0))
        {
            var report = GpuReport.Parse(gpus[0].Report);
            throw new FormatException(
                $"A GPU's report is held against NVIDIA's manifests; give two with --rim DRIVER VBIOS: of driver {report.DriverVersion} ({report.DriverManifestName}) and of firmware "
                + $"{report.VbiosVersion} ({report.VbiosManifestName}).");
        }
        return Judge(demands, rules);
    }

    /// <summary>Holds them against rules; with manifests that were given, or those of the rules' folder.</summary>
    internal AttestVerdict Judge(AttestDemands demands, GpuRules rules)
    {
        var requirements = rules.Requirements with
        {
            RevocationLists = demands.RevocationLists,
            RequireRevocationLists = rules.Requirements.RequireRevocationLists || !demands.RevocationLists.IsEmpty,
        };
        var verifier = new GpuVerifier(requirements);
        var folder = ReadManifests(rules);
        var wasCompared = demands.Nonce is not null;
        var checks = gpus.SelectMany((gpu, index) =>
        {
            var nonce = demands.Nonce ?? GpuReport.Parse(gpu.Report).Nonce.Span;
            var (driver, vbios) = demands.Manifests is [var first, var second] ? (first, second) : Find(folder, gpu);
            return ChecksOf(verifier.Verify(gpu, nonce, driver, vbios, demands.Time), "nonce", wasCompared)
                .Select(check => check with { Name = Prefix(index) + check.Name });
        });
        return new AttestVerdict(Kind, [.. CheckCount(demands, rules), .. checks], [.. NotRevoked(demands, "NVIDIA"), .. NotCompared("nonce", wasCompared, "--nonce")]);
    }

    private IEnumerable<EvidenceCheck> CheckCount(AttestDemands demands, GpuRules rules) =>
        demands.Policy is null ? [] : [new EvidenceCheck("GPUs", gpus.Length >= rules.MinimumCount, $"{gpus.Length}", $"at least {rules.MinimumCount}")];

    private static RimFile[] ReadManifests(GpuRules rules) =>
        rules.ManifestFolder is { } folder ? [.. Directory.GetFiles(folder, "*.swidtag").Order(StringComparer.Ordinal).Select(path => RimFile.Parse(AttestInput.ReadFile(path)))] : [];

    private static (RimFile? Driver, RimFile? Vbios) Find(RimFile[] manifests, GpuEvidence gpu)
    {
        var report = GpuReport.Parse(gpu.Report);
        return (Named(report.DriverVersion), Named(report.VbiosVersion));

        RimFile? Named(string version) => manifests.FirstOrDefault(manifest => string.Equals(manifest.Version, version, StringComparison.OrdinalIgnoreCase));
    }

    private string Prefix(int index) => gpus.Length == 1 ? "" : $"GPU {index} ";
}
