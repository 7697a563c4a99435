using System.Collections.Immutable;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Quotes;

namespace Cocoon.Attestation.Facts;

/// <summary>Puts Intel TDX and SGX quotes into words.</summary>
public static class QuoteFacts
{
    private static readonly string[] Registers = ["MRTD", "MRCONFIGID", "MROWNER", "MROWNERCONFIG", "RTMR0", "RTMR1", "RTMR2", "RTMR3"];

    // What the bits of XCR0 and IA32_XSS stand for (Intel SDM volume 1, §13.1).
    private static readonly string?[] XfamNames =
    [
        "x87", "SSE", "AVX", null, null, "AVX-512", "AVX-512", "AVX-512", "PT", "PKRU", "PASID", "CET", "CET", "HDC", "UINTR", "LBR", "HWP", "AMX", "AMX", "APX",
    ];

    /// <summary>Says what a quote says, register by register.</summary>
    /// <param name="quote">The quote; nothing in it has been verified.</param>
    /// <exception cref="AttestationException">It is malformed.</exception>
    public static ImmutableArray<EvidenceFact> Of(ReadOnlySpan<byte> quote)
    {
        if (!Quote.TryParse(quote, out var parsed, out var failure)) throw new AttestationException(failure.ToString());
        var facts = new FactList();
        facts.Add("quote version", parsed.Version);
        facts.Add("report", parsed.BodyKind switch { QuoteBodyKind.SgxEnclave => "SGX enclave", QuoteBodyKind.Td10 => "TDX 1.0 guest", _ => "TDX 1.5 guest" });
        facts.Add("size", $"{parsed.Length} bytes");
        facts.Add("image hash", parsed.Measurements.ImageHash.ToString());
        if (parsed.Kind == TeeMeasurementKind.Sgx) AddEnclave(facts, new EnclaveReport(parsed.Body));
        else AddGuest(facts, new TdReport(parsed.Body));
        facts.Add("report data", parsed.ReportData);
        facts.Add("QE vendor", QuoteVerifier.IntelQe.SequenceEqual(parsed.QeVendor) ? "Intel" : Convert.ToHexStringLower(parsed.QeVendor));
        facts.Add("QE version", new EnclaveReport(parsed.QeReport).IsvSvn);
        AddPlatform(facts, parsed.CertificateChain);
        return facts.ToImmutable();
    }

    private static void AddEnclave(FactList facts, EnclaveReport report)
    {
        facts.Add("MRENCLAVE", report.MrEnclave);
        facts.Add("MRSIGNER", report.MrSigner);
        facts.Add("product", report.IsvProdId);
        facts.Add("security version", report.IsvSvn);
        facts.Add("CPUSVN", report.CpuSvn);
        facts.Add("attributes", $"{Convert.ToHexStringLower(report.Attributes)}: {(report.IsDebug ? "under debug, the host can read its memory" : "not under debug")}");
    }

    private static void AddGuest(FactList facts, TdReport report)
    {
        for (var index = 0; index < Registers.Length; index++)
            facts.Add(Registers[index], report.Measurements.Slice(index * TdReport.MeasurementSize, TdReport.MeasurementSize));
        facts.Add("TD attributes", $"{(ulong)report.Attributes:x16}: {Describe(report.Attributes)}");
        facts.Add("XFAM", $"{report.Xfam:x16}: {DescribeXfam(report.Xfam)}");
        facts.Add("TDX module", $"version {report.TeeTcbSvn[1]}.{report.TeeTcbSvn[0]:00}");
        facts.Add("MRSEAM", report.MrSeam);
        facts.Add("MRSIGNERSEAM", report.MrSignerSeam.ContainsAnyExcept((byte)0) ? Convert.ToHexStringLower(report.MrSignerSeam) : "zeros, which is Intel");
        facts.Add("SEAM attributes", report.SeamAttributes);
        facts.Add("TEE TCB SVN at launch", report.TeeTcbSvn);
        if (!report.TeeTcbSvn2.IsEmpty) facts.Add("TEE TCB SVN now", report.TeeTcbSvn2);
        if (!report.MrServiceTd.IsEmpty) facts.Add("MRSERVICETD", report.MrServiceTd);
    }

    private static void AddPlatform(FactList facts, ReadOnlySpan<byte> pem)
    {
        try
        {
            var chain = PckChain.Read(pem, known: null);
            facts.Add("FMSPC", chain.Platform.Fmspc);
            facts.Add("platform id (PPID)", chain.Platform.Ppid);
            facts.Add("PCE id", chain.Platform.PceId);
            facts.Add("PCE version", chain.Platform.PceSvn);
            facts.Add("SGX TCB components", string.Join(' ', chain.Platform.Components));
            facts.Add("PCK certificate", FactList.Describe(chain.Pck));
            facts.Add("PCK authority", chain.Authority.Subject);
            facts.Add("root", chain.Root.Subject);
        }
        catch (AttestationException exception)
        {
            facts.Add("PCK certificates", exception.Message);
        }
    }

    private static string Describe(TdAttributes attributes)
    {
        var words = new List<string> { (attributes & TdAttributes.UnderDebug) != 0 ? "under debug, the host can read its memory" : "not under debug" };
        void Say(TdAttributes attribute, string word)
        {
            if (attributes.HasFlag(attribute)) words.Add(word);
        }

        Say(TdAttributes.SeptVeDisable, "no #VE for pages that the host takes away");
        Say(TdAttributes.Migratable, "may be moved to another machine");
        Say(TdAttributes.SupervisorProtectionKeys, "supervisor protection keys");
        Say(TdAttributes.KeyLocker, "Key Locker");
        Say(TdAttributes.PerformanceMonitoring, "performance monitoring");
        return string.Join("; ", words);
    }

    private static string DescribeXfam(ulong xfam) => string.Join(
        ", ",
        Enumerable.Range(0, 64).Where(bit => (xfam >> bit & 1) != 0).Select(bit => XfamNames.ElementAtOrDefault(bit) ?? $"bit {bit}").Distinct());
}
