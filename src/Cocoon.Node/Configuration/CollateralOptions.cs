using System.ComponentModel.DataAnnotations;

namespace Cocoon.Node.Configuration;

/// <summary>Where what vendors publish about their hardware comes from.</summary>
public sealed class CollateralOptions : IValidatableObject
{
    /// <summary>
    /// Base URL of Intel's provisioning certification service or of a cache of it (PCS API, version 4): what comes before
    /// <c>/sgx/certification/v4</c>. The policy <c>tdx</c> wants this or <see cref="Folder"/>. None by default.
    /// </summary>
    public string? Url { get; set; }

    /// <summary>Folder with Intel's collateral in files such as <c>tdx-00906ed50000-platform.json</c>, put there by the operator. None by default.</summary>
    public string? Folder { get; set; }

    /// <summary>
    /// Base URL of AMD's key distribution service or of a mirror of it: what comes before <c>/vcek/v1</c>. Gives AMD's authorities and revocation lists, and the
    /// certificates of chips that come without. None by default.
    /// </summary>
    public string? AmdUrl { get; set; }

    /// <summary>Folder with the same in files such as <c>vcek-genoa-revoked.crl</c>, put there by the operator. None by default.</summary>
    public string? AmdFolder { get; set; }

    /// <summary>Folder that keeps what was fetched. Default: <c>collateral</c> in the state folder; a router has none and keeps nothing by default.</summary>
    public string? CacheFolder { get; set; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Url is not null && Folder is not null)
            yield return new ValidationResult("Collateral comes from one place: set Url or Folder, not both.", [nameof(Url)]);
        if (AmdUrl is not null && AmdFolder is not null)
            yield return new ValidationResult("What AMD publishes comes from one place: set AmdUrl or AmdFolder, not both.", [nameof(AmdUrl)]);
        if (!IsAddress(Url)) yield return new ValidationResult("This must be an http or https address.", [nameof(Url)]);
        if (!IsAddress(AmdUrl)) yield return new ValidationResult("This must be an http or https address.", [nameof(AmdUrl)]);
    }

    private static bool IsAddress(string? url) => url is null || Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is ("http" or "https");
}
