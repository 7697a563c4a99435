using System.Security.Cryptography;

namespace Cocoon.Attestation.Chains;

/// <summary>Keys of the curve that Intel's attestation is signed with (FIPS 186-5, P-256), always with SHA-256.</summary>
internal static class P256
{
    /// <summary>The size of a point in bytes: x and y.</summary>
    public const int PointSize = 64;

    // A SubjectPublicKeyInfo of an uncompressed point is always the same but for x and y at its end.
    private static ReadOnlySpan<byte> InfoStart =>
    [
        0x30, 0x59, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7, 3, 0x42, 0, 4,
    ];

    /// <summary>The point of a SubjectPublicKeyInfo, uncompressed: 4, x and y. False when it is not a key of this curve.</summary>
    public static bool TryReadPoint(ReadOnlySpan<byte> publicKeyInfo, out ReadOnlySpan<byte> uncompressed)
    {
        var fits = publicKeyInfo.Length == InfoStart.Length + PointSize && publicKeyInfo.StartsWith(InfoStart);
        uncompressed = fits ? publicKeyInfo[(InfoStart.Length - 1)..] : default;
        return fits;
    }

    /// <summary>The SubjectPublicKeyInfo of a point, x and y.</summary>
    public static byte[] ToPublicKeyInfo(ReadOnlySpan<byte> point) => [.. InfoStart, .. point];

    /// <summary>Whether the holder of a key signed the data; the signature is in the form of certificates.</summary>
    public static bool VerifyDer(ReadOnlySpan<byte> publicKeyInfo, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        TryReadPoint(publicKeyInfo, out var point) && Verify(point[1..], data, signature, DSASignatureFormat.Rfc3279DerSequence);

    /// <summary>Whether the holder of a key, x and y, signed the data; the signature is r and s, 32 bytes each, big endian.</summary>
    public static bool VerifyRaw(ReadOnlySpan<byte> point, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        point.Length == PointSize && Verify(point, data, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    private static bool Verify(ReadOnlySpan<byte> point, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature, DSASignatureFormat format)
    {
        try
        {
            var half = PointSize / 2;
            using var key = ECDsa.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint { X = point[..half].ToArray(), Y = point[half..].ToArray() },
            });
            return key.VerifyData(data, signature, HashAlgorithmName.SHA256, format);
        }
        catch (CryptographicException)
        {
            // The point is not on the curve.
            return false;
        }
    }
}
