namespace Cocoon.Attestation.Chains;

/// <summary>What a certified key may be used for: bit n of the certificate's list is 2^n (RFC 5280 §4.2.1.3).</summary>
[Flags]
internal enum KeyUsages
{
    DigitalSignature = 1 << 0,
    ContentCommitment = 1 << 1,
    KeyEncipherment = 1 << 2,
    DataEncipherment = 1 << 3,
    KeyAgreement = 1 << 4,
    CertificateSign = 1 << 5,
    ListSign = 1 << 6,
    EncipherOnly = 1 << 7,
    DecipherOnly = 1 << 8,
}
