using System.Diagnostics.CodeAnalysis;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Verification;

namespace Cocoon.Attestation.Dcap;

/// <summary>The certificates in a quote: of the PCK, of the authority that issued it, and of the root.</summary>
internal readonly record struct PckChain(ChainCertificate Pck, PckPlatform Platform, ChainCertificate Authority, ChainCertificate Root)
{
    /// <summary>Reads a chain.</summary>
    /// <param name="pem">Three certificates, PEM.</param>
    /// <param name="known">Collateral; certificates that are the same as there are not read again.</param>
    /// <exception cref="AttestationException">It is malformed, or the first certificate is not a PCK's.</exception>
    public static PckChain Read(ReadOnlySpan<byte> pem, VerifiedCollateral? known)
    {
        var chain = PemChain.Read(pem, 3);
        var pck = ChainCertificate.Parse(chain[0]);
        return new PckChain(
            pck,
            PckPlatform.Read(pck),
            Reuse(known?.PckAuthority, chain[1]),
            Reuse(known?.Root, chain[2]));
    }

    /// <summary>Whether each certificate was issued by the next one and the last has the root's key.</summary>
    public bool IsOf(TrustAnchor anchor, [NotNullWhen(false)] out EvidenceCheck? failure)
    {
        failure = null;
        if (!Root.PublicKeyInfo.Span.SequenceEqual(anchor.PublicKeyInfo.Span))
            failure = new EvidenceCheck("PCK chain root", false, "another root", anchor.Name, "the hardware's vendor did not certify it");
        else if (!Authority.IsIssuedBy(Root) || !Pck.IsIssuedBy(Authority))
            failure = new EvidenceCheck("PCK chain", false, "a certificate that the next one did not issue", "a chain up to the root");
        return failure is null;
    }

    public static EvidenceCheck FormatFailure(AttestationException exception) =>
        new("certificate chain format", false, exception.Message.TrimEnd('.'), "the PCK certificate, its authority's and the root's");

    private static ChainCertificate Reuse(ChainCertificate? known, ReadOnlyMemory<byte> der) =>
        known is not null && known.Der.Span.SequenceEqual(der.Span) ? known : ChainCertificate.Parse(der);
}
