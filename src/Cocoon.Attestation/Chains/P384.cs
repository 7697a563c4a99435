using System.Security.Cryptography;

namespace Cocoon.Attestation.Chains;

/// <summary>Keys of the curve that AMD's and NVIDIA's devices sign with (FIPS 186-5, P-384).</summary>
internal static class P384
{
    private const int CoordinateSize = 48;

    // A SubjectPublicKeyInfo of this curve up to its point, which is not compressed: nothing in it is left to choose. The platform's own
    // reader takes other curves too, and answers those it does not have with errors of many kinds.
    private static ReadOnlySpan<byte> Prefix => [0x30, 0x76, 0x30, 0x10, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 5, 0x2b, 0x81, 4, 0, 0x22, 3, 0x62, 0, 4];

    /// <summary>Reads a SubjectPublicKeyInfo; the caller disposes of the key.</summary>
    /// <exception cref="CryptographicException">It is not a key of this curve.</exception>
    public static ECDsa Import(ReadOnlySpan<byte> publicKeyInfo)
    {
        if (publicKeyInfo.Length != Prefix.Length + (2 * CoordinateSize) || !publicKeyInfo.StartsWith(Prefix))
            throw new CryptographicException("The key is not one of P-384.");
        var point = publicKeyInfo[Prefix.Length..];
        return ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP384,
            Q = new ECPoint { X = point[..CoordinateSize].ToArray(), Y = point[CoordinateSize..].ToArray() },
        });
    }

    /// <summary>Whether the holder of this key signed the data with SHA-384; the signature is r and s, 48 bytes each, big endian.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKeyInfo, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        try
        {
            using var key = Import(publicKeyInfo);
            return Verify(key, data, signature);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <inheritdoc cref="Verify(ReadOnlySpan{byte}, ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public static bool Verify(ECDsa key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        key.VerifyData(data, signature, HashAlgorithmName.SHA384, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
}
