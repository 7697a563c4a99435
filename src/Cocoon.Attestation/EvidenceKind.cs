namespace Cocoon.Attestation;

/// <summary>What stands behind a peer's key.</summary>
public enum EvidenceKind
{
    /// <summary>Nothing: the peer only proved that it holds its key.</summary>
    None,

    /// <summary>A stand-in for Intel TDX without hardware; it proves nothing and is for tests only.</summary>
    FakeTdx,

    /// <summary>A quote in the form of Intel TDX by a platform that is simulated; it proves nothing and is for tests only.</summary>
    SimulatedTdx,

    /// <summary>An Intel TDX quote.</summary>
    Tdx,

    /// <summary>An AMD SEV-SNP attestation report.</summary>
    SevSnp,
}
