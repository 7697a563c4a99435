using Cocoon.Cryptography;

namespace Cocoon.Attestation.Dcap;

/// <summary>The root key that a hierarchy of attestation certificates ends in. Only the key is trusted, whatever its certificate says.</summary>
public sealed class TrustAnchor
{
    private readonly byte[] _publicKey;

    /// <summary>Trusts a key.</summary>
    /// <param name="name">Its name in reports.</param>
    /// <param name="publicKey">The P-256 key, uncompressed: 65 bytes, 4 and x and y.</param>
    /// <exception cref="ArgumentException">The key has another form.</exception>
    public TrustAnchor(string name, ReadOnlySpan<byte> publicKey)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (publicKey.Length != P256.KeySize || publicKey[0] != P256.Uncompressed)
            throw new ArgumentException($"An uncompressed P-256 key has {P256.KeySize} bytes and begins with {P256.Uncompressed}.", nameof(publicKey));
        Name = name;
        _publicKey = publicKey.ToArray();
        KeyId = Bits384.Sha384(publicKey);
    }

    /// <summary>Intel's root for SGX and TDX, "Intel SGX Root CA", valid to the end of 2049.</summary>
    public static TrustAnchor IntelSgxRoot { get; } = new(
        "Intel SGX Root CA",
        Convert.FromHexString(
            "04"
            + "0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f5"
            + "67918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394"));

    /// <summary>Its name in reports.</summary>
    public string Name { get; }

    /// <summary>SHA-384 of the uncompressed key: what Intel's libraries call the root key id and the network the collateral root hash.</summary>
    public Bits384 KeyId { get; }

    internal bool Holds(ReadOnlySpan<byte> publicKey) => publicKey.SequenceEqual(_publicKey);
}
