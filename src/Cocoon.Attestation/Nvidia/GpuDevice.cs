using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Cocoon.Attestation.Chains;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Nvidia;

/// <summary>What a GPU's device certificate says of it.</summary>
internal sealed record GpuDevice(Bits256 Name, string Model)
{
    private const string CommonName = "2.5.4.3";
    private const int MaxModelLength = 64;

    /// <exception cref="AttestationException">The evidence has no certificate, or one that cannot be read.</exception>
    public static GpuDevice Of(GpuEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        if (evidence.Certificates.IsDefaultOrEmpty) throw new AttestationException("The GPU's evidence has no certificate.");
        var certificate = ChainCertificate.Parse(evidence.Certificates[0]);
        return new GpuDevice(Bits256.Sha256(certificate.PublicKeyInfo.Span), ModelOf(certificate));
    }

    private static string ModelOf(ChainCertificate certificate)
    {
        try
        {
            var name = new X500DistinguishedName(certificate.SubjectName.Span).EnumerateRelativeDistinguishedNames()
                .Where(part => !part.HasMultipleElements && part.GetSingleElementType().Value == CommonName)
                .Select(part => part.GetSingleElementValue()).FirstOrDefault() ?? "";
            return string.Concat(name.Where(character => character is >= ' ' and < '\u007f').Take(MaxModelLength));
        }
        catch (CryptographicException)
        {
            return "";
        }
    }
}
