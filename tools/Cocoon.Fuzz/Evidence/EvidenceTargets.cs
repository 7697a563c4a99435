using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cocoon.Attestation;
using Cocoon.Attestation.Certificates;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.EventLog;
using Cocoon.Attestation.Facts;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.SevSnp;
using Cocoon.Attestation.Simulation;
using Cocoon.Attestation.Tests.EventLog;
using Cocoon.Attestation.Tests.Nvidia;
using Cocoon.Attestation.Tests.SevSnp;
using Cocoon.Cryptography;

namespace Cocoon.Fuzz.Evidence;

/// <summary>All readers of evidence, with evidence of the simulated platform and of made-up vendors.</summary>
internal static class EvidenceTargets
{
    // The header of a quote, which is signed with its body.
    private const int HeaderSize = 48;

    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static IReadOnlyList<EvidenceTarget> Create()
    {
        var tee = new SimulatedTee(new SimulatedPlatform("fuzz", Start));
        using var key = Ed25519PrivateKey.FromSeed(SHA256.HashData("a fuzzed peer"u8));
        var binding = EvidenceBinding.ToKey(key.PublicKey);
        byte[][] quotes =
        [
            tee.CreateQuote(new SimulatedGuest(), key.PublicKey), tee.CreateQuote(new SimulatedGuest { QuoteVersion = 5 }, key.PublicKey),
            tee.CreateQuote(new SimulatedGuest { QuoteVersion = 5, BodyKind = QuoteBodyKind.Td15 }, key.PublicKey),
        ];
        return
        [
            Quotes(tee, quotes),
            Collateral(tee),
            Certificates(AttestedCertificate.Create(key, quotes[0], Start, TimeSpan.FromDays(1)), AttestedCertificate.Create(key, [], Start, TimeSpan.FromDays(1)), binding),
            .. AmdAndGpus(),
            BootLogs(),
            new EvidenceTarget("table of a boot log", [EventLogForge.Table()], bytes =>
            {
                CcelTable.Parse(bytes);
                return null;
            })
            {
                ProvesNothing = true,
            },
        ];
    }

    private static EvidenceTarget Quotes(SimulatedTee tee, byte[][] samples)
    {
        var collateral = VerifiedCollateral.Verify(tee.Collateral, tee.Anchor);
        return new EvidenceTarget("quote", samples, bytes =>
        {
            if (!Quote.TryParse(bytes, out var quote, out _)) return null;
            DcapPlatform.TryRead(bytes, out _, out _);
            QuoteFacts.Of(bytes);
            // The report data that is wanted is the quote's own: only signatures are left to notice a change.
            var verdict = QuoteVerifier.Verify(bytes, quote.ReportData.ToArray(), collateral, QuoteRequirements.Default, Start.AddDays(1));
            return verdict.Evidence is null ? null : $"{Hex(bytes.AsSpan(0, HeaderSize))} {Hex(quote.Body)}";
        });
    }

    private static EvidenceTarget Collateral(SimulatedTee tee) => new("collateral", [tee.Collateral.ToJson()], bytes =>
    {
        var read = DcapCollateral.ParseJson(bytes);
        VerifiedCollateral.Verify(read, tee.Anchor);
        return string.Join(' ', new[] { read.TcbInfo, read.QeIdentity, read.PckCrl, read.RootCaCrl }.Select(part => Hex(part.Span)));
    });

    private static EvidenceTarget Certificates(byte[] withQuote, byte[] without, EvidenceBinding binding) => new("certificate of a peer", [withQuote, without], bytes =>
    {
        var certificate = AttestedCertificate.Parse(bytes);
        foreach (var role in new[] { CertificateRole.Client, CertificateRole.Server })
        {
            if (certificate.FindRefusal(role, Start, new CertificateLimits(TimeSpan.Zero, TimeSpan.FromDays(2))) is not null) return null;
        }
        // What is signed with another key than the peer proves to hold is not its certificate.
        return certificate.PublicKey == binding.Key ? $"{certificate.NotBefore:u} {certificate.NotAfter:u} {Hex(certificate.Quote.Span)}" : null;
    });

    private static IEnumerable<EvidenceTarget> AmdAndGpus()
    {
        SnpForge[] forges = [new SnpForge(), new SnpForge { Product = SnpProduct.Turin }, new SnpForge { Version = 2, CertificateProduct = "Milan-B0", Product = SnpProduct.Milan }];
        var amd = forges[0].Verifier;
        yield return new EvidenceTarget("AMD evidence", [.. forges.Select(forge => forge.Make().ToBytes())], bytes =>
        {
            var evidence = SnpEvidence.Parse(bytes);
            SnpFacts.Of(evidence);
            return amd.Verify(evidence, evidence.Report.ReportData.Span, SnpForge.Now).IsValid ? Hex(evidence.Report.Raw.Span) : null;
        });

        var gpu = new GpuForge();
        var good = gpu.Make();
        var (driver, vbios) = (gpu.Driver(), gpu.Vbios());
        var verifier = new GpuVerifier(gpu.Requirements);
        yield return new EvidenceTarget("GPU report", [good.Report.ToArray()], bytes => Judge(good with { Report = bytes }));
        yield return new EvidenceTarget("GPU chain", [good.Certificates[0].ToArray()], bytes => Judge(good with { Certificates = good.Certificates.SetItem(0, bytes) }) is null ? null : Hex(bytes));
        yield return new EvidenceTarget("GPU evidence of nvattest", [Collected(good)], bytes =>
        {
            var judged = GpuEvidence.ParseCollected(bytes).Select(Judge).Distinct().ToList();
            return judged.Contains(null) ? null : string.Join(' ', judged);
        });
        yield return new EvidenceTarget(
            "GPU manifest", [gpu.ManifestXml("550.90.07", null, (7, [GpuForge.Hash(8)]), (23, [GpuForge.Hash(99), GpuForge.Hash(24)]), (35, [GpuForge.Hash(36)]))], bytes =>
            {
                var manifest = RimFile.Parse(bytes);
                return verifier.Verify(good, GpuForge.Nonce, manifest, vbios, GpuForge.Now).IsValid
                    ? $"{manifest.Version} {string.Join(' ', manifest.Measurements.Select(one => $"{one.Index} {one.IsActive} {string.Join(',', one.Alternatives.Select(hash => Hex(hash.Span)))}"))}"
                    : null;
            });

        string? Judge(GpuEvidence evidence)
        {
            GpuFacts.Of(evidence);
            return verifier.Verify(evidence, GpuReport.Parse(evidence.Report).Nonce.Span, driver, vbios, GpuForge.Now).IsValid ? Hex(evidence.Report.Span) : null;
        }
    }

    private static EvidenceTarget BootLogs()
    {
        const uint Ipl = 0xd;
        var log = EventLogForge.Log((1, 0x80000001, "a variable"), (2, Ipl, "kernel 6.11"), (3, Ipl, "console=ttyS0"), (4, Ipl, "container"));
        var reference = CcEventLog.Parse(log);
        var packed = new byte[TeeMeasurements.TdxSize];
        var registers = reference.Replay();
        for (var index = 0; index < registers.Length; index++) registers[index].CopyTo(packed.AsMemory((4 + index) * 48));
        var quoted = TeeMeasurements.Tdx(packed);
        return new EvidenceTarget("boot log", [log], bytes =>
        {
            var read = CcEventLog.Parse(bytes);
            read.CompareTo(reference);
            foreach (var measured in read.Events) _ = (measured.Description, measured.TypeName, measured.IsDataMeasured);
            return read.Verify(quoted).IsValid ? string.Join(' ', read.Replay().Select(register => Hex(register.Span))) : null;
        });
    }

    private static byte[] Collected(GpuEvidence evidence)
    {
        var chain = string.Concat(evidence.Certificates.Select(der => PemEncoding.WriteString("CERTIFICATE", der.Span) + "\n"));
        var one = new { version = "1.0", arch = "HOPPER", evidence = Convert.ToBase64String(evidence.Report.Span), certificate = Convert.ToBase64String(Encoding.ASCII.GetBytes(chain)) };
        return JsonSerializer.SerializeToUtf8Bytes(new { evidences = new[] { one }, result_code = 0 });
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
