namespace Cocoon.Attestation.Chains;

/// <summary>Of which issuers in a chain revocation lists have to be at hand; those that are, are always obeyed.</summary>
internal enum RevocationDemand
{
    /// <summary>Of none.</summary>
    None,

    /// <summary>Of those that publish any: the authorities they issued name the place (RFC 5280 §4.2.1.13).</summary>
    OfIssuersThatPublish,

    /// <summary>Of all that issued an authority.</summary>
    OfAllIssuers,
}
