namespace Cocoon.Attestation.Chains;

/// <summary>A vendor's key that is trusted by itself; every chain of certificates ends in one.</summary>
/// <param name="Name">What to call it in reports.</param>
/// <param name="PublicKeyInfo">The key, a SubjectPublicKeyInfo in DER: RSA of 4096 bits or a point of P-256 or P-384.</param>
public sealed record TrustAnchor(string Name, ReadOnlyMemory<byte> PublicKeyInfo);
