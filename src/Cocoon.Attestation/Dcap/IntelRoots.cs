using Cocoon.Attestation.Chains;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Dcap;

/// <summary>Intel's root key.</summary>
public static class IntelRoots
{
    /// <summary>The root of SGX and TDX, "Intel SGX Root CA", as Intel publishes it in a certificate valid to the end of 2049.</summary>
    public static TrustAnchor Sgx { get; } = new(
        "Intel SGX Root CA",
        P256.ToPublicKeyInfo(Convert.FromHexString(
            "0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f5"
            + "67918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394")));

    /// <summary>The id of a root key: SHA-384 of the uncompressed point. Intel's libraries call it root key id, the network collateral root hash.</summary>
    /// <exception cref="ArgumentException">The key is not a point of P-256.</exception>
    public static Bits384 KeyIdOf(TrustAnchor root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return P256.TryReadPoint(root.PublicKeyInfo.Span, out var point)
            ? Bits384.Sha384(point)
            : throw new ArgumentException($"The key of '{root.Name}' is not a point of P-256.", nameof(root));
    }
}
