using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Cocoon.Attestation.Chains;

/// <summary>
/// What X.509 certificates and revocation lists have in common (RFC 5280 §4.1, §5.1): a body, the algorithm of its signature and the
/// signature. Only the algorithms are known with which Intel, AMD and NVIDIA sign.
/// </summary>
internal readonly struct SignedDocument
{
    // AlgorithmIdentifiers as they are encoded, parameters included, so that nothing of them is left unread.
    private static ReadOnlySpan<byte> EcdsaSha256 => [0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
    private static ReadOnlySpan<byte> EcdsaSha384 => [0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];
    private static ReadOnlySpan<byte> RsaPssSha384 =>
    [
        0x30, 0x41, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10, 0x30, 0x34, 0xa0, 15, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2, 5, 0,
        0xa1, 28, 0x30, 26, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2, 5, 0, 0xa2, 3, 2, 1, 48,
    ];
    private static ReadOnlySpan<byte> ExplicitTrailer => [0xa3, 3, 2, 1, 1];

    private readonly Algorithm _algorithm;
    private readonly ReadOnlyMemory<byte> _signature;

    private SignedDocument(ReadOnlyMemory<byte> body, Algorithm algorithm, ReadOnlyMemory<byte> signature)
    {
        Body = body;
        _algorithm = algorithm;
        _signature = signature;
    }

    private enum Algorithm
    {
        EcdsaSha256,
        EcdsaSha384,
        RsaPssSha384,
    }

    /// <summary>The signed bytes: a SEQUENCE with its header.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>Takes the document apart. Its body's own copy of the algorithm is checked by <see cref="RequireAlgorithm"/>.</summary>
    /// <exception cref="AsnContentException">It is not DER.</exception>
    /// <exception cref="AttestationException">The algorithm is not known here.</exception>
    public static SignedDocument Parse(ReadOnlyMemory<byte> der)
    {
        var reader = new AsnReader(der, AsnEncodingRules.DER);
        var outer = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        var body = outer.ReadEncodedValue();
        var algorithm = Recognise(outer.ReadEncodedValue().Span);
        if (!outer.TryReadPrimitiveBitString(out var unusedBits, out var signature) || unusedBits != 0)
            throw new AttestationException("The signature is not a whole number of bytes.");
        outer.ThrowIfNotEmpty();
        return new SignedDocument(body, algorithm, signature);
    }

    /// <summary>The algorithm stands in the signed body too, and has to be the one that is used.</summary>
    public void RequireAlgorithm(ReadOnlySpan<byte> inBody)
    {
        if (Recognise(inBody) != _algorithm) throw new AttestationException("The signature is of another algorithm than the signed part says.");
    }

    /// <summary>Whether this key signed the body. A key that does not fit the algorithm did not.</summary>
    /// <param name="publicKeyInfo">A SubjectPublicKeyInfo: RSA of 4096 bits or a point of P-256 or P-384.</param>
    public bool IsSignedBy(ReadOnlySpan<byte> publicKeyInfo)
    {
        if (_algorithm == Algorithm.EcdsaSha256) return P256.VerifyDer(publicKeyInfo, Body.Span, _signature.Span);
        try
        {
            if (_algorithm == Algorithm.EcdsaSha384)
            {
                using var curve = P384.Import(publicKeyInfo);
                return curve.VerifyData(Body.Span, _signature.Span, HashAlgorithmName.SHA384, DSASignatureFormat.Rfc3279DerSequence);
            }
            using var rsa = RSA.Create();
            rsa.ImportSubjectPublicKeyInfo(publicKeyInfo, out var read);
            return read == publicKeyInfo.Length && rsa.KeySize == 4096
                && rsa.VerifyData(Body.Span, _signature.Span, HashAlgorithmName.SHA384, RSASignaturePadding.Pss);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    // AMD's signatures are RSA-PSS with SHA-384 in every place and 48 bytes of salt; the trailer field is written out or left out.
    private static Algorithm Recognise(ReadOnlySpan<byte> algorithm)
    {
        if (algorithm.SequenceEqual(EcdsaSha256)) return Algorithm.EcdsaSha256;
        if (algorithm.SequenceEqual(EcdsaSha384)) return Algorithm.EcdsaSha384;
        var isPss = algorithm.SequenceEqual(RsaPssSha384) || algorithm.SequenceEqual(WithTrailer());
        return isPss ? Algorithm.RsaPssSha384 : throw new AttestationException(
            $"The signature algorithm {Convert.ToHexStringLower(algorithm)} is none of ECDSA with SHA-256, ECDSA with SHA-384 and RSA-PSS with SHA-384.");
    }

    private static byte[] WithTrailer()
    {
        byte[] algorithm = [.. RsaPssSha384, .. ExplicitTrailer];
        algorithm[1] += (byte)ExplicitTrailer.Length;
        algorithm[14] += (byte)ExplicitTrailer.Length;
        return algorithm;
    }
}
