using System.Text;
using System.Text.Json;

namespace Cocoon.Attestation.Dcap;

/// <summary>
/// What Intel publishes about a kind of platform and what verifying its quotes takes besides them, as it came: nothing in it has been
/// verified. See <see cref="VerifiedCollateral"/>.
/// </summary>
public sealed record DcapCollateral
{
    /// <summary>The largest file form in bytes.</summary>
    public const int MaxJsonSize = 32 * 1024 * 1024;

    private const int SignatureSize = 64;

    /// <summary>TCB info, JSON: exactly the bytes that were signed.</summary>
    public required ReadOnlyMemory<byte> TcbInfo { get; init; }

    /// <summary>The signature of <see cref="TcbInfo"/>, 64 bytes, r and s.</summary>
    public required ReadOnlyMemory<byte> TcbInfoSignature { get; init; }

    /// <summary>The certificates of who signed <see cref="TcbInfo"/>, PEM, from the leaf to the root.</summary>
    public required string TcbInfoIssuerChain { get; init; }

    /// <summary>The identity of the quoting enclave, JSON: exactly the bytes that were signed.</summary>
    public required ReadOnlyMemory<byte> QeIdentity { get; init; }

    /// <summary>The signature of <see cref="QeIdentity"/>, 64 bytes, r and s.</summary>
    public required ReadOnlyMemory<byte> QeIdentitySignature { get; init; }

    /// <summary>The certificates of who signed <see cref="QeIdentity"/>, PEM, from the leaf to the root.</summary>
    public required string QeIdentityIssuerChain { get; init; }

    /// <summary>The revocation list of the authority that issues PCK certificates, DER.</summary>
    public required ReadOnlyMemory<byte> PckCrl { get; init; }

    /// <summary>The certificates of that authority, PEM, from it to the root.</summary>
    public required string PckCrlIssuerChain { get; init; }

    /// <summary>The revocation list of the root, DER.</summary>
    public required ReadOnlyMemory<byte> RootCaCrl { get; init; }

    /// <summary>
    /// Reads the file form: one JSON object with the strings `tcb_info`, `qe_identity` (the signed JSON texts), `tcb_info_signature`,
    /// `qe_identity_signature`, `pck_crl`, `root_ca_crl` (hexadecimal), `tcb_info_issuer_chain`, `qe_identity_issuer_chain` and
    /// `pck_crl_issuer_chain` (PEM).
    /// </summary>
    /// <exception cref="AttestationException">It is malformed, too large, or lacks one of these.</exception>
    public static DcapCollateral ParseJson(ReadOnlyMemory<byte> json)
    {
        if (json.Length > MaxJsonSize)
            throw new AttestationException($"collateral check: found {json.Length} bytes, wanted at most {MaxJsonSize}.");
        return SignedJson.Read("collateral", json, root => new DcapCollateral
        {
            TcbInfo = Encoding.UTF8.GetBytes(root.Text("tcb_info")),
            TcbInfoSignature = root.Hex("tcb_info_signature", SignatureSize),
            TcbInfoIssuerChain = root.Text("tcb_info_issuer_chain"),
            QeIdentity = Encoding.UTF8.GetBytes(root.Text("qe_identity")),
            QeIdentitySignature = root.Hex("qe_identity_signature", SignatureSize),
            QeIdentityIssuerChain = root.Text("qe_identity_issuer_chain"),
            PckCrl = root.Hex("pck_crl"),
            PckCrlIssuerChain = root.Text("pck_crl_issuer_chain"),
            RootCaCrl = root.Hex("root_ca_crl"),
        });
    }

    /// <summary>Writes the file form, UTF-8.</summary>
    public byte[] ToJson()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true })) Write(writer);
        return stream.ToArray();
    }

    internal void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("pck_crl_issuer_chain", PckCrlIssuerChain);
        writer.WriteString("root_ca_crl", Convert.ToHexStringLower(RootCaCrl.Span));
        writer.WriteString("pck_crl", Convert.ToHexStringLower(PckCrl.Span));
        writer.WriteString("tcb_info_issuer_chain", TcbInfoIssuerChain);
        writer.WriteString("tcb_info", TcbInfo.Span);
        writer.WriteString("tcb_info_signature", Convert.ToHexStringLower(TcbInfoSignature.Span));
        writer.WriteString("qe_identity_issuer_chain", QeIdentityIssuerChain);
        writer.WriteString("qe_identity", QeIdentity.Span);
        writer.WriteString("qe_identity_signature", Convert.ToHexStringLower(QeIdentitySignature.Span));
        writer.WriteEndObject();
    }
}
