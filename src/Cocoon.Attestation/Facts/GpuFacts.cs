using System.Collections.Immutable;
using Cocoon.Attestation.Nvidia;

namespace Cocoon.Attestation.Facts;

/// <summary>Puts NVIDIA GPUs' evidence into words.</summary>
public static class GpuFacts
{
    /// <summary>Says what a GPU's report says, measurement by measurement.</summary>
    /// <param name="evidence">The report and its chain; nothing in it has been verified.</param>
    /// <exception cref="AttestationException">The report is malformed.</exception>
    public static ImmutableArray<EvidenceFact> Of(GpuEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        var report = GpuReport.Parse(evidence.Report);
        var facts = new FactList();
        facts.Add("nonce", report.Nonce.Span);
        facts.Add("driver", report.DriverVersion);
        facts.Add("VBIOS", report.VbiosVersion);
        facts.Add("VBIOS manifest", report.VbiosManifestName);
        facts.Add("firmware id", report.FirmwareId.IsEmpty ? "not told" : Convert.ToHexStringLower(report.FirmwareId.Span));
        facts.Add("video decoder", report.IsVideoDecoderOff ? "off" : "on");
        foreach (var certificate in evidence.Certificates) facts.AddCertificate("certificate", certificate);
        foreach (var (index, value) in report.Measurements) facts.Add($"measurement {index}", value.Span);
        return facts.ToImmutable();
    }
}
