using System.Collections.Immutable;
using Cocoon.Attestation.Facts;
using Cocoon.Attestation.Nvidia;

namespace Cocoon.Cli.Commands.Attest;

/// <summary>The evidence of a machine's NVIDIA GPUs.</summary>
internal sealed class GpuSubject(ImmutableArray<GpuEvidence> gpus) : AttestSubject
{
    public override string Kind => "nvidia";

    public override ImmutableArray<string> Takes => ["--rim", "--nonce", "--chain"];

    public override IEnumerable<EvidenceFact> Describe() => gpus.SelectMany((gpu, index) =>
        GpuFacts.Of(gpu).Select(fact => fact with { Name = Prefix(index) + fact.Name }));

    internal override AttestVerdict Check(AttestDemands demands)
    {
        if (gpus.Any(gpu => gpu.Certificates.IsEmpty)) throw new FormatException("A GPU's report is verified with the chain of its key; give it with --chain FILE, PEM.");
        if (demands.Manifests is not [var driver, var vbios])
        {
            var report = GpuReport.Parse(gpus[0].Report);
            throw new FormatException(
                $"A GPU's report is held against NVIDIA's manifests; give two with --rim DRIVER VBIOS: of driver {report.DriverVersion} and of firmware "
                + $"{report.VbiosVersion} ({report.VbiosManifestName}).");
        }
        var verifier = new GpuVerifier(new GpuRequirements());
        var wasCompared = demands.Nonce is not null;
        var checks = gpus.SelectMany((gpu, index) =>
        {
            var nonce = demands.Nonce ?? GpuReport.Parse(gpu.Report).Nonce.Span;
            return ChecksOf(verifier.Verify(gpu, nonce, driver, vbios, demands.Time), "nonce", wasCompared)
                .Select(check => check with { Name = Prefix(index) + check.Name });
        });
        return new AttestVerdict(Kind, [.. checks], NotCompared("nonce", wasCompared, "--nonce"));
    }

    private string Prefix(int index) => gpus.Length == 1 ? "" : $"GPU {index} ";
}
