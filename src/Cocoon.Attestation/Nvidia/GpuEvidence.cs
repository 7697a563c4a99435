using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cocoon.Attestation.Chains;

namespace Cocoon.Attestation.Nvidia;

/// <summary>What one GPU gives: its report and the chain of its key.</summary>
/// <param name="Report">The report (<see cref="GpuReport"/>).</param>
/// <param name="Certificates">The chain in DER, the device's certificate first; NVIDIA's root may be the last.</param>
public sealed record GpuEvidence(ReadOnlyMemory<byte> Report, ImmutableArray<ReadOnlyMemory<byte>> Certificates)
{
    /// <summary>The most GPUs that one machine's evidence may be of.</summary>
    public const int MaxGpus = 16;

    /// <summary>The most bytes that the evidence of all GPUs of a machine may have together; one H100 gives 8 KB.</summary>
    public const int MaxTotalSize = MaxGpus * 13 * 1024;

    /// <summary>The largest document that <see cref="ParseCollected"/> reads, in bytes.</summary>
    public const int MaxDocumentSize = 4 * 1024 * 1024;

    private const int MaxCertificates = CertificateChain.MaxLength;

    /// <summary>The bytes of report and chain together.</summary>
    public int Size => Report.Length + Certificates.Sum(certificate => certificate.Length);

    /// <summary>Reads a report in hexadecimal digits and a chain in PEM.</summary>
    /// <exception cref="AttestationException">They are not these.</exception>
    public static GpuEvidence Parse(string reportHex, string chainPem)
    {
        ArgumentNullException.ThrowIfNull(reportHex);
        try
        {
            return new GpuEvidence(Convert.FromHexString(reportHex.Trim()), ReadPem(chainPem));
        }
        catch (FormatException exception)
        {
            throw new AttestationException("The GPU report is not written in hexadecimal digits.", exception);
        }
    }

    /// <summary>
    /// Reads what NVIDIA's tool `nvattest collect-evidence --device gpu` writes (NVIDIA Attestation SDK, command reference): a JSON object whose
    /// <c>evidences</c> each have the report in <c>evidence</c> and the chain's PEM text in <c>certificate</c>, both in Base64, and whose
    /// <c>result_code</c> is 0.
    /// </summary>
    /// <exception cref="AttestationException">It is anything else, or the tool says that it failed.</exception>
    public static ImmutableArray<GpuEvidence> ParseCollected(ReadOnlyMemory<byte> json)
    {
        if (json.Length > MaxDocumentSize) throw new AttestationException($"A document of {json.Length} bytes was found, wanted at most {MaxDocumentSize}.");
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            var root = document.RootElement;
            var result = root.GetProperty("result_code").GetInt64();
            if (result != 0) throw new AttestationException($"nvattest says that it failed with the code {result}.");
            var evidences = root.GetProperty("evidences");
            if (evidences.GetArrayLength() is 0 or > MaxGpus)
                throw new AttestationException($"nvattest gives evidence of {evidences.GetArrayLength()} GPUs, wanted 1 to {MaxGpus}.");
            return
            [
                .. evidences.EnumerateArray().Select(evidence => new GpuEvidence(
                    evidence.GetProperty("evidence").GetBytesFromBase64(),
                    ReadPem(Encoding.ASCII.GetString(evidence.GetProperty("certificate").GetBytesFromBase64())))),
            ];
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new AttestationException("The document does not have the form of nvattest's evidence.", exception);
        }
    }

    private static ImmutableArray<ReadOnlyMemory<byte>> ReadPem(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var certificates = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        var rest = text.AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            if (rest[fields.Label] is not "CERTIFICATE" || certificates.Count == MaxCertificates)
                throw new AttestationException($"The GPU's chain is not 1 to {MaxCertificates} certificates in PEM.");
            certificates.Add(Convert.FromBase64String(rest[fields.Base64Data].ToString()));
            rest = rest[fields.Location.End..];
        }
        return certificates.ToImmutable();
    }
}
