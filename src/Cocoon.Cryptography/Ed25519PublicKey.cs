using Cocoon.Cryptography.Native;

namespace Cocoon.Cryptography;

/// <summary>An Ed25519 public key (RFC 8032), 32 bytes as they stand on the wire. Comparison takes constant time.</summary>
/// <param name="Bits">The encoded point. Any 32 bytes are accepted here; a meaningless point verifies nothing.</param>
public readonly record struct Ed25519PublicKey(Bits256 Bits)
{
    /// <summary>Whether <paramref name="signature"/> (64 bytes) is this key's signature of <paramref name="message"/>.</summary>
    /// <returns>False for a wrong signature, one of another size, and a key that is not a point of the curve.</returns>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != Ed25519PrivateKey.SignatureSize) return false;
        Span<byte> raw = stackalloc byte[Bits256.Size];
        Bits.CopyTo(raw);
        using var key = OpenSsl.NewPublicKey(OpenSsl.Ed25519, raw);
        using var context = OpenSsl.NotNull(OpenSsl.EVP_MD_CTX_new(), "Starting a verification");
        OpenSsl.Require(OpenSsl.EVP_DigestVerifyInit(context, 0, 0, 0, key), "Starting a verification");
        var valid = OpenSsl.EVP_DigestVerify(context, signature, (nuint)signature.Length, message, (nuint)message.Length) == 1;
        if (!valid) OpenSsl.ERR_clear_error();
        return valid;
    }

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => Bits.ToString();
}
