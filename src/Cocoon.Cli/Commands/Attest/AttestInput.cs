using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Cocoon.Attestation;
using Cocoon.Attestation.Certificates;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.EventLog;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Reports;

namespace Cocoon.Cli.Commands.Attest;

/// <summary>Tells by the content what the command is given.</summary>
/// <param name="name">What to call it in errors.</param>
/// <param name="chain">The chain of a GPU's report, DER; empty when it was not given.</param>
/// <param name="certificates">Certificates of AMD's, DER; empty when none were given.</param>
internal sealed class AttestInput(string name, ImmutableArray<ReadOnlyMemory<byte>> chain, ImmutableArray<ReadOnlyMemory<byte>> certificates)
{
    /// <summary>The largest file that is read, in bytes.</summary>
    private const int MaxSize = 32 * 1024 * 1024;

    private const string Wanted = "a TDX or SGX quote, a SEV-SNP report, a GPU's report or nvattest's JSON, a Cocoon node's certificate, a gateway's attestation report, or a TDX boot log";

    /// <summary>Reads a file, of which nothing is known yet.</summary>
    /// <exception cref="IOException">It cannot be read, or is too large.</exception>
    public static byte[] ReadFile(string path)
    {
        if (!File.Exists(path)) throw new IOException($"There is no file '{path}'.");
        var size = new FileInfo(path).Length;
        return size <= MaxSize ? File.ReadAllBytes(path) : throw new IOException($"'{path}' has {size} bytes, wanted at most {MaxSize}.");
    }

    /// <summary>Reads certificates out of files: PEM, any number in each, or DER.</summary>
    public static ImmutableArray<ReadOnlyMemory<byte>> ReadCertificates(IEnumerable<string> paths) => [.. paths.SelectMany(path =>
    {
        var bytes = ReadFile(path);
        var found = IsPem(bytes) ? Decode(Encoding.ASCII.GetString(bytes)) : bytes is [0x30, ..] ? [bytes] : [];
        return found.Count > 0 ? found : throw new FormatException($"'{path}' has no certificate, wanted X.509 in PEM or DER.");
    })];

    /// <summary>Reads revocation lists out of files: PEM, any number in each, or DER.</summary>
    public static ImmutableArray<RevocationList> ReadRevocationLists(IEnumerable<string> paths) => [.. paths.SelectMany(path =>
    {
        var bytes = ReadFile(path);
        var found = IsPem(bytes) ? Decode(Encoding.ASCII.GetString(bytes), "X509 CRL") : [bytes];
        try
        {
            return found.Count > 0 ? found.Select(list => RevocationList.Parse(list)).ToArray() : throw new FormatException("There is none.");
        }
        catch (Exception exception) when (exception is AttestationException or FormatException)
        {
            throw new FormatException($"--crl: '{path}' is no revocation list, wanted one in PEM or DER. {exception.Message}");
        }
    })];

    /// <summary>Tells what evidence this is.</summary>
    /// <exception cref="FormatException">It is not evidence; the message says what it is where that can be seen.</exception>
    /// <exception cref="AttestationException">It is evidence that cannot be read.</exception>
    public AttestSubject Recognise(byte[] bytes)
    {
        if (IsPem(bytes)) return Certificate(Decode(Encoding.ASCII.GetString(bytes)) is [var first, ..] ? first : throw Unknown("PEM without a certificate"));
        if (bytes is [0x30, 0x82, ..]) return Certificate(bytes);
        if (Text(bytes) is { } text)
        {
            if (text.StartsWith('{')) return Json(bytes, text);
            if (text.StartsWith('<')) throw Unknown("XML; a manifest goes with --rim");
            if (text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit)) return Binary(Convert.FromHexString(text));
        }
        return Binary(bytes);
    }

    private AttestSubject Json(byte[] bytes, string text) =>
        text.Contains($"\"{AttestationReport.ObjectName}\"", StringComparison.Ordinal) ? new ReportSubject(AttestationReport.Parse(bytes), Reported)
        : text.Contains("\"evidences\"", StringComparison.Ordinal) ? new GpuSubject(GpuEvidence.ParseCollected(bytes))
        : text.Contains("\"tcb_info\"", StringComparison.Ordinal) ? throw Unknown("Intel's collateral, which goes with --collateral")
        : throw Unknown("JSON of another kind");

    private AttestSubject? Reported(ReportedEvidence part) =>
        new AttestInput(name, chain, [.. certificates, .. part.Basis.Certificates]).Quoted(part.Shown.Quote.ToArray());

    private AttestSubject Binary(byte[] bytes)
    {
        var span = bytes.AsSpan();
        if (span.StartsWith<byte>([0x11, 0xe0])) return new GpuSubject([new GpuEvidence(bytes, chain)]);
        // The first event of a log is TCG's, which names itself.
        if (span.Length > 48 && span[32..].StartsWith("Spec ID Event03"u8)) return new EventLogSubject(CcEventLog.Parse(bytes));
        return Quoted(bytes) ?? throw Unknown($"{bytes.Length} bytes of another kind");
    }

    /// <summary>A quote as certificates have it; null when it is none.</summary>
    private AttestSubject? Quoted(byte[] bytes) => EvidenceForms.Of(bytes) switch
    {
        EvidenceForm.StandIn => new StandInSubject(bytes),
        EvidenceForm.Quote => new QuoteSubject(bytes),
        EvidenceForm.SnpReport => new SnpSubject(bytes, certificates),
        _ => null,
    };

    private CertificateSubject Certificate(byte[] der)
    {
        var certificate = Parse(der);
        var evidence = certificate.Quote.IsEmpty
            ? null
            : Quoted(certificate.Quote.ToArray()) ?? throw Unknown($"a certificate whose evidence is {certificate.Quote.Length} bytes of another kind");
        return new CertificateSubject(certificate, evidence);
    }

    private AttestedCertificate Parse(byte[] der)
    {
        try
        {
            return AttestedCertificate.Parse(der);
        }
        catch (AttestationException exception)
        {
            throw new AttestationException(
                $"'{name}' is not a Cocoon node's certificate; {exception.Message} Vendors' certificates go with --certificates or --chain.", exception);
        }
    }

    private static bool IsPem(ReadOnlySpan<byte> bytes) => bytes.StartsWith("-----BEGIN"u8);

    private static string? Text(byte[] bytes) => Ascii.IsValid(bytes) ? Encoding.ASCII.GetString(bytes).Trim() : null;

    private static List<byte[]> Decode(string pem, string label = "CERTIFICATE")
    {
        var found = new List<byte[]>();
        var rest = pem.AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            if (rest[fields.Label].SequenceEqual(label)) found.Add(Convert.FromBase64String(rest[fields.Base64Data].ToString()));
            rest = rest[fields.Location.End..];
        }
        return found;
    }

    private FormatException Unknown(string found) => new($"'{name}' is {found}; wanted {Wanted}.");
}
