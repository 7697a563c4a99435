namespace Cocoon.Attestation.Policies;

/// <summary>Whether a peer has to prove that its evidence is made for this connection.</summary>
public enum FreshnessRule
{
    /// <summary>Peers that speak protocol version 3 or later over attested TLS have to; older ones cannot.</summary>
    Version3,

    /// <summary>Every peer has to; one that cannot is refused.</summary>
    Required,

    /// <summary>No peer has to: evidence counts for as long as its certificate.</summary>
    Off,
}
