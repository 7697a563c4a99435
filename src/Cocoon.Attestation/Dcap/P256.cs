using System.Security.Cryptography;

namespace Cocoon.Attestation.Dcap;

/// <summary>ECDSA over P-256 with SHA-256, the one signature of DCAP.</summary>
internal static class P256
{
    /// <summary>The size of an uncompressed public key in bytes: 4, x, y.</summary>
    public const int KeySize = 65;

    public const byte Uncompressed = 4;

    /// <summary>Verifies a signature. A key that is not on the curve and a malformed signature verify nothing.</summary>
    /// <param name="key">x and y, 64 bytes, or <see cref="KeySize"/> bytes.</param>
    /// <param name="data">What was signed.</param>
    /// <param name="signature">The signature.</param>
    /// <param name="format">How it is written: r and s in quotes and collateral, DER in certificates.</param>
    public static bool Verify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature, DSASignatureFormat format)
    {
        var point = key.Length == KeySize ? key[1..] : key;
        try
        {
            using var ecdsa = ECDsa.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint { X = point[..32].ToArray(), Y = point[32..].ToArray() },
            });
            return ecdsa.VerifyData(data, signature, HashAlgorithmName.SHA256, format);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Verifies a signature of 64 bytes, r and s.</summary>
    public static bool Verify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        Verify(key, data, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
}
