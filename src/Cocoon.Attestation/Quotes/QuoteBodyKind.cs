namespace Cocoon.Attestation.Quotes;

/// <summary>What a quote vouches for; the numbers are those of quotes of version 5.</summary>
public enum QuoteBodyKind
{
    /// <summary>The report of an SGX enclave, 384 bytes.</summary>
    SgxEnclave = 1,

    /// <summary>The report of a TDX 1.0 guest, 584 bytes.</summary>
    Td10 = 2,

    /// <summary>The report of a TDX 1.5 guest, 648 bytes.</summary>
    Td15 = 3,
}
