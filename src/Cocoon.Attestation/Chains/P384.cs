using System.Security.Cryptography;

namespace Cocoon.Attestation.Chains;

/// <summary>Keys of the curve that AMD's and NVIDIA's devices sign with (FIPS 186-5, P-384).</summary>
internal static class P384
{
    private const string Oid = "1.3.132.0.34";

    /// <summary>Reads a SubjectPublicKeyInfo; the caller disposes of the key.</summary>
    /// <exception cref="CryptographicException">It is not a key of this curve.</exception>
    public static ECDsa Import(ReadOnlySpan<byte> publicKeyInfo)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(publicKeyInfo, out var read);
            if (read == publicKeyInfo.Length && key.ExportParameters(false).Curve.Oid.Value == Oid) return key;
            throw new CryptographicException("The key is not one of P-384.");
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Whether the holder of this key signed the data with SHA-384; the signature is r and s, 48 bytes each, big endian.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKeyInfo, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        try
        {
            using var key = Import(publicKeyInfo);
            return key.VerifyData(data, signature, HashAlgorithmName.SHA384, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
