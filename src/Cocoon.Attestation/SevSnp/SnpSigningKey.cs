namespace Cocoon.Attestation.SevSnp;

/// <summary>Which key signed a report; the numbers are those of the report's SIGNING_KEY.</summary>
public enum SnpSigningKey
{
    /// <summary>The chip's own key at a patch level (versioned chip endorsement key).</summary>
    Vcek = 0,

    /// <summary>A cloud provider's key at a patch level (versioned loaded endorsement key), which does not name a chip.</summary>
    Vlek = 1,

    /// <summary>None: the report is not signed.</summary>
    None = 7,
}
