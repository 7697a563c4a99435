using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cocoon.Attestation.SevSnp;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Sources;

/// <summary>
/// `tdx` and `sev_snp`: evidence of the confidential guest that this process runs in, from Linux's common facility for it (configfs-tsm), or
/// for AMD on older kernels from /dev/sev-guest. Reports are about SHA-512 of the key, as the network's are.
/// </summary>
public sealed class TsmEvidenceSource : IEvidenceSource
{
    // Nobody else has a reason to write into an entry of a random name. Where it happens all the same, it is not for long.
    private const int MaxAttempts = 3;

    private readonly ITsmReports _reports;
    private readonly ISnpDevice? _oldDevice;
    private readonly SnpEndorsementStore? _amd;

    /// <summary>A source of this machine.</summary>
    /// <param name="kind"><see cref="EvidenceKind.Tdx"/> or <see cref="EvidenceKind.SevSnp"/>.</param>
    /// <param name="amd">AMD only: gives the chip's certificate where the host gives none with a report; null for nowhere.</param>
    /// <param name="systemRoot">The root of the file system; another one than "/" only for tests.</param>
    /// <exception cref="ArgumentException">There is no source of this kind.</exception>
    public TsmEvidenceSource(EvidenceKind kind, SnpEndorsementStore? amd = null, string systemRoot = "/")
        : this(kind, new TsmFolder(systemRoot), kind == EvidenceKind.SevSnp ? FindOldDevice(systemRoot) : null, amd)
    {
    }

    internal TsmEvidenceSource(EvidenceKind kind, ITsmReports reports, ISnpDevice? oldDevice, SnpEndorsementStore? amd = null)
    {
        if (kind is not (EvidenceKind.Tdx or EvidenceKind.SevSnp)) throw new ArgumentException($"Linux makes no evidence of the kind {kind}.", nameof(kind));
        Kind = kind;
        _reports = reports;
        _oldDevice = oldDevice;
        _amd = amd;
    }

    /// <inheritdoc/>
    public string Name => Kind == EvidenceKind.Tdx ? "tdx" : "sev_snp";

    /// <inheritdoc/>
    public EvidenceKind Kind { get; }

    private string Provider => Kind == EvidenceKind.Tdx ? "tdx_guest" : "sev_guest";

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>> CreateQuoteAsync(ReadOnlyMemory<byte> reportData, CancellationToken cancellationToken)
    {
        var wanted = reportData.ToArray();
        // The kernel answers when the host and the processor have, which may take seconds.
        var (report, table) = await Task.Run(() => Request(wanted), cancellationToken).ConfigureAwait(false);
        return Kind == EvidenceKind.SevSnp ? await WithCertificatesAsync(report, table, wanted, cancellationToken).ConfigureAwait(false) : report;
    }

    private static SevGuestDevice? FindOldDevice(string systemRoot)
    {
        var device = new SevGuestDevice(Path.Combine(systemRoot, "dev/sev-guest"));
        return device.Exists && !new TsmFolder(systemRoot).Exists ? device : null;
    }

    private (byte[] Report, byte[] Table) Request(byte[] reportData)
    {
        try
        {
            return _oldDevice?.GetExtendedReport(reportData) ?? RequestReport(reportData);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new AttestationException(
                $"This user may not ask the kernel for a report: {exception.Message} Run as root, or give the user access to /sys/kernel/config/tsm/report "
                + "and the guest device.", exception);
        }
        catch (IOException exception)
        {
            throw new AttestationException(
                $"The kernel could not make a report: {exception.Message} "
                + (Kind == EvidenceKind.Tdx
                    ? "A TDX quote needs the host's quote generation service; see that it runs and is reachable from this guest, and the kernel's log."
                    : "See the kernel's log; a host that limits requests says so there."),
                exception);
        }
    }

    private (byte[] Report, byte[] Table) RequestReport(byte[] reportData)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            using var entry = _reports.Create("cocoon-" + RandomNumberGenerator.GetHexString(16, lowercase: true));
            if (TryRequest(entry, reportData) is { } answer) return answer;
        }
        throw new AttestationException($"Something else wrote into this process's requests for a report {MaxAttempts} times; find out what uses /sys/kernel/config/tsm/report.");
    }

    // The generation counts what was written. When it is not what this process wrote, the answer may be to another's request.
    private (byte[] Report, byte[] Table)? TryRequest(ITsmReport entry, byte[] reportData)
    {
        var provider = ReadText(entry, "provider");
        if (provider != Provider)
            throw new AttestationException($"This guest's reports are of {provider}, wanted {Provider}; set Evidence to {(provider == "tdx_guest" ? "tdx" : provider == "sev_guest" ? "sev_snp" : "none")}.");
        var generation = ReadNumber(entry, "generation");
        if (entry.TryRead("privlevel_floor") is { } floor && ParseNumber("privlevel_floor", floor) > 0)
        {
            // Under a paravisor the guest's own level is not the highest, and the kernel wants to be told which.
            entry.Write("privlevel", floor);
            generation++;
        }
        entry.Write("inblob", reportData);
        generation++;
        var report = entry.TryRead("outblob") ?? [];
        var table = entry.TryRead("auxblob") ?? [];
        if (ReadNumber(entry, "generation") != generation) return null;
        return report.Length > 0 ? (report, table) : throw new IOException("outblob is empty.");
    }

    private async ValueTask<byte[]> WithCertificatesAsync(byte[] report, byte[] table, byte[] reportData, CancellationToken cancellationToken)
    {
        // What a host gives is checked here already, so that it is this node that complains and not its peers.
        _ = SnpReport.Parse(report);
        var evidence = SnpEvidence.Parse((byte[])[.. report, .. table]);
        if (!evidence.Report.ReportData.Span.SequenceEqual(reportData)) throw new AttestationException("The report is about other data than was asked for; ask the host's operator.");
        string? failure = null;
        if (evidence.EndorsementKey.IsEmpty && _amd is not null)
        {
            (evidence, var endorsements, failure) = await _amd.CompleteOwnAsync(evidence, cancellationToken).ConfigureAwait(false);
            if (evidence.Authorities.IsEmpty) evidence = SnpEvidence.Create(report, evidence.EndorsementKey, endorsements.Authorities);
        }
        return evidence.EndorsementKey.IsEmpty
            ? throw new AttestationException(
                "The host gave no certificate with its report, and peers cannot verify it without one. Have the host load the chip's certificates (snphost import), "
                + $"or set Collateral:AmdUrl or Collateral:AmdFolder, where this node then finds them.{(failure is null ? "" : " " + failure)}")
            : evidence.ToBytes();
    }

    private static string ReadText(ITsmReport entry, string attribute) =>
        Encoding.ASCII.GetString(entry.TryRead(attribute) ?? throw new AttestationException($"The kernel's entry has no attribute {attribute}, wanted configfs-tsm of Linux 6.7 or later.")).Trim();

    private static long ReadNumber(ITsmReport entry, string attribute) => ParseNumber(attribute, Encoding.ASCII.GetBytes(ReadText(entry, attribute)));

    private static long ParseNumber(string attribute, byte[] text) =>
        long.TryParse(Encoding.ASCII.GetString(text).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new AttestationException($"The kernel's attribute {attribute} is not a number.");
}
