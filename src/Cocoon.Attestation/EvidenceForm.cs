namespace Cocoon.Attestation;

/// <summary>What evidence looks like; whether it is good is another matter.</summary>
public enum EvidenceForm
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>64 bytes: the network's stand-in for a TDX quote.</summary>
    StandIn,

    /// <summary>A quote of TDX or SGX.</summary>
    Quote,

    /// <summary>An attestation report of AMD SEV-SNP, with or without certificates.</summary>
    SnpReport,

    /// <summary>Something else.</summary>
    Unknown,
}
