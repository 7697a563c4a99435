using System.Diagnostics.CodeAnalysis;
using Cocoon.Attestation.Certificates;
using Cocoon.Attestation.Verification;

namespace Cocoon.Attestation.Quotes;

/// <summary>
/// A view of an Intel quote of version 3 (SGX), 4 (SGX, TDX 1.0) or 5 (SGX, TDX 1.0, TDX 1.5) with an ECDSA P-256 signature and the PCK
/// certificate chain in it (Intel SGX ECDSA Quote Library API, appendix A; Intel TDX DCAP Quoting Library API, appendix A.3). It is
/// well-formed, and nothing in it has been verified. Nothing is copied: the view is good for as long as the bytes.
/// </summary>
/// <remarks>
/// Some guests hand quotes out in a buffer of fixed size. Bytes after the length that the quote declares are therefore accepted, as long as
/// they are zero; anything else would be data that no signature covers.
/// </remarks>
public readonly ref struct Quote
{
    /// <summary>The largest quote in bytes, padding included.</summary>
    public const int MaxSize = AttestedCertificate.MaxQuoteSize;

    internal const int HeaderSize = 48;

    /// <summary>3, 4 or 5.</summary>
    public int Version { get; internal init; }

    /// <summary>What it vouches for.</summary>
    public QuoteBodyKind BodyKind { get; internal init; }

    /// <summary>The quote without padding.</summary>
    public int Length { get; internal init; }

    /// <summary>Whose quoting enclave made it, 16 bytes.</summary>
    public ReadOnlySpan<byte> QeVendor { get; internal init; }

    /// <summary>The report of the guest or the enclave.</summary>
    public ReadOnlySpan<byte> Body { get; internal init; }

    /// <summary>What the attestation key signed: all before the signature's length.</summary>
    public ReadOnlySpan<byte> Signed { get; internal init; }

    /// <summary>The signature by the attestation key, 64 bytes, r and s.</summary>
    public ReadOnlySpan<byte> Signature { get; internal init; }

    /// <summary>The attestation key, 64 bytes, x and y.</summary>
    public ReadOnlySpan<byte> AttestationKey { get; internal init; }

    /// <summary>The report of the quoting enclave, which vouches for the attestation key.</summary>
    public ReadOnlySpan<byte> QeReport { get; internal init; }

    /// <summary>The signature of the quoting enclave's report by the PCK, 64 bytes, r and s.</summary>
    public ReadOnlySpan<byte> QeReportSignature { get; internal init; }

    /// <summary>Data that the quoting enclave reports together with the attestation key.</summary>
    public ReadOnlySpan<byte> QeAuthenticationData { get; internal init; }

    /// <summary>The PCK's certificate chain, PEM, from the leaf to the root.</summary>
    public ReadOnlySpan<byte> CertificateChain { get; internal init; }

    /// <summary>Whose measurements it has.</summary>
    public TeeMeasurementKind Kind => BodyKind == QuoteBodyKind.SgxEnclave ? TeeMeasurementKind.Sgx : TeeMeasurementKind.Tdx;

    /// <summary>The measurements as they stand there.</summary>
    public TeeMeasurements Measurements =>
        Kind == TeeMeasurementKind.Sgx ? TeeMeasurements.Sgx(new EnclaveReport(Body).MrEnclave) : TeeMeasurements.Tdx(new TdReport(Body).Measurements);

    /// <summary>The data of its own choice that the guest or enclave had quoted, 64 bytes.</summary>
    public ReadOnlySpan<byte> ReportData =>
        Kind == TeeMeasurementKind.Sgx ? new EnclaveReport(Body).ReportData : new TdReport(Body).ReportData;

    /// <summary>Reads a quote. In constant memory and in one pass.</summary>
    /// <param name="bytes">The quote; hostile until proven otherwise.</param>
    /// <param name="quote">The quote when this returns true.</param>
    /// <param name="failure">What is wrong with it when this returns false.</param>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out Quote quote, [NotNullWhen(false)] out EvidenceCheck? failure)
    {
        failure = new QuoteReader(bytes).Read(out quote);
        return failure is null;
    }
}
