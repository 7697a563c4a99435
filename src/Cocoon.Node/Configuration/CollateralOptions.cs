using System.ComponentModel.DataAnnotations;

namespace Cocoon.Node.Configuration;

/// <summary>Where what Intel publishes about its platforms comes from. The policy <c>tdx</c> wants one of the two.</summary>
public sealed class CollateralOptions : IValidatableObject
{
    /// <summary>
    /// Base URL of Intel's provisioning certification service or of a cache of it (PCS API, version 4): what comes before
    /// <c>/sgx/certification/v4</c>. None by default.
    /// </summary>
    public string? Url { get; set; }

    /// <summary>Folder with collateral in files such as <c>tdx-00906ed50000-platform.json</c>, put there by the operator. None by default.</summary>
    public string? Folder { get; set; }

    /// <summary>Folder that keeps what was fetched. Default: <c>collateral</c> in the state folder; a router has none and keeps nothing by default.</summary>
    public string? CacheFolder { get; set; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Url is not null && Folder is not null)
            yield return new ValidationResult("Collateral comes from one place: set Url or Folder, not both.", [nameof(Url)]);
        if (Url is not null && !(Uri.TryCreate(Url, UriKind.Absolute, out var address) && address.Scheme is ("http" or "https")))
            yield return new ValidationResult("This must be an http or https address.", [nameof(Url)]);
    }
}
