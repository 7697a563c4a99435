namespace Cocoon.Attestation.SevSnp;

/// <summary>AMD's product lines with SEV-SNP; each has its own root key.</summary>
public enum SnpProduct
{
    /// <summary>EPYC 7003: family 19h, models 00h to 0Fh.</summary>
    Milan,

    /// <summary>EPYC 9004, 97x4 and 8004: family 19h, models 10h to 1Fh and A0h to AFh.</summary>
    Genoa,

    /// <summary>EPYC 9005: family 1Ah, models 00h to 11h.</summary>
    Turin,
}
