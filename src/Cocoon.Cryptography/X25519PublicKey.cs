namespace Cocoon.Cryptography;

/// <summary>An X25519 public key (RFC 7748), 32 bytes as they stand on the wire. Comparison takes constant time.</summary>
/// <param name="Bits">The u-coordinate, little endian.</param>
public readonly record struct X25519PublicKey(Bits256 Bits)
{
    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => Bits.ToString();
}
