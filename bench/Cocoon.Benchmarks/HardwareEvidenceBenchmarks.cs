using System.Security.Cryptography.X509Certificates;
using BenchmarkDotNet.Attributes;
using Cocoon.Attestation.EventLog;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.SevSnp;
using Cocoon.Attestation.Verification;

namespace Cocoon.Benchmarks;

/// <summary>
/// What evidence of real hardware costs; it lies in `shared/vectors` above the repository. Expected: an AMD report is three signatures of
/// RSA-4096 and one of P-384; a GPU's report with the manifest of its driver is eleven of P-384 and a canonical form of twenty kilobytes, an
/// order more; replaying a boot log is forty hashes.
/// </summary>
[MemoryDiagnoser]
public class HardwareEvidenceBenchmarks
{
    private static readonly DateTimeOffset Time = new(2024, 9, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly SnpVerifier _snp = new(new SnpEndorsements(), new SnpRequirements());
    private readonly GpuVerifier _nvidia = new(new GpuRequirements());
    private byte[] _report = [];
    private byte[] _reportData = [];
    private GpuEvidence _gpu = null!;
    private byte[] _nonce = [];
    private byte[] _manifest = [];
    private byte[] _log = [];

    [GlobalSetup]
    public void Prepare()
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(File.ReadAllText(Find("sev/ask_ark_milan.pem")));
        var evidence = SnpEvidence.Create(
            File.ReadAllBytes(Find("sev/attestation_report.bin")), File.ReadAllBytes(Find("sev/vcek.der")),
            [.. authorities.Select(certificate => (ReadOnlyMemory<byte>)certificate.RawData)]);
        _report = evidence.ToBytes();
        _reportData = evidence.Report.ReportData.ToArray();
        _gpu = GpuEvidence.Parse(File.ReadAllText(Find("nvidia/hopper_attestation_report.txt")), File.ReadAllText(Find("nvidia/hopper_cert_chain.txt")));
        _nonce = GpuReport.Parse(_gpu.Report).Nonce.ToArray();
        _manifest = File.ReadAllBytes(Find("nvidia/driver_rim_test.swidtag"));
        _log = File.ReadAllBytes(Find("tdx/ccel_event_log.bin"));
    }

    [Benchmark(Baseline = true)]
    public EvidenceReport VerifyAmdReport() => _snp.Verify(_report, _reportData, Time);

    [Benchmark]
    public EvidenceReport VerifyGpuReportAndManifest()
    {
        var manifest = RimFile.Parse(_manifest);
        return _nvidia.Verify(_gpu, _nonce, manifest, manifest, Time);
    }

    [Benchmark]
    public int ReplayBootLog() => CcEventLog.Parse(_log).Replay().Length;

    private static string Find(string path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "shared", "vectors", path);
            if (File.Exists(file)) return file;
        }
        throw new FileNotFoundException("The evidence of real hardware is not above this folder.", path);
    }
}
