using System.Buffers.Binary;
using Cocoon.Attestation.SevSnp;

namespace Cocoon.Attestation;

/// <summary>Tells by its first bytes what evidence is.</summary>
public static class EvidenceForms
{
    private const int HeaderSize = 8;

    /// <summary>The form of evidence as certificates carry it.</summary>
    /// <param name="evidence">The evidence; hostile until proven otherwise.</param>
    public static EvidenceForm Of(ReadOnlySpan<byte> evidence)
    {
        if (evidence.IsEmpty) return EvidenceForm.None;
        if (evidence.Length == TeeMeasurements.ReportDataSize) return EvidenceForm.StandIn;
        if (evidence.Length < HeaderSize) return EvidenceForm.Unknown;
        // Quotes say version and key type in two bytes each, SNP reports their version in four.
        var version = BinaryPrimitives.ReadUInt16LittleEndian(evidence);
        var keyType = BinaryPrimitives.ReadUInt16LittleEndian(evidence[2..]);
        if (version is >= 3 and <= 5 && keyType is 2 or 3) return EvidenceForm.Quote;
        return version is >= SnpReport.MinVersion and <= SnpReport.MaxVersion && keyType == 0 && evidence.Length >= SnpReport.Size
            ? EvidenceForm.SnpReport
            : EvidenceForm.Unknown;
    }

    /// <summary>What to call it in a sentence.</summary>
    public static string Describe(this EvidenceForm form) => form switch
    {
        EvidenceForm.None => "no quote",
        EvidenceForm.StandIn => "the network's stand-in for a quote",
        EvidenceForm.Quote => "a quote of TDX or SGX",
        EvidenceForm.SnpReport => "a report of AMD SEV-SNP",
        _ => "bytes that are no evidence known here",
    };
}
