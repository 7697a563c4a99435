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

    /// <summary>
    /// Base URL of NVIDIA's RIM service or of a mirror of it: what comes before <c>/v1/rim</c>. Gives the manifests of GPUs' drivers and firmware. None by
    /// default.
    /// </summary>
    public string? NvidiaUrl { get; set; }

    /// <summary>
    /// Folder with NVIDIA's revocation lists in files <c>*.crl</c> and, unless <see cref="NvidiaUrl"/> gives them, manifests in files such as
    /// <c>NV_GPU_DRIVER_GH100_550.90.07.swidtag</c>, put there by the operator. None by default.
    /// </summary>
    public string? NvidiaFolder { get; set; }

    /// <summary>Folder that keeps what was fetched. Default: <c>collateral</c> in the state folder; a router has none and keeps nothing by default.</summary>
    public string? CacheFolder { get; set; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Url is not null && Folder is not null)
            yield return new ValidationResult("Collateral comes from one place: set Url or Folder, not both.", [nameof(Url)]);
        if (AmdUrl is not null && AmdFolder is not null)
            yield return new ValidationResult("What AMD publishes comes from one place: set AmdUrl or AmdFolder, not both.", [nameof(AmdUrl)]);
        foreach (var (name, url) in new[] { (nameof(Url), Url), (nameof(AmdUrl), AmdUrl), (nameof(NvidiaUrl), NvidiaUrl) })
        {
            if (!IsAddress(url)) yield return new ValidationResult("This must be an http or https address.", [name]);
        }
    }

    private static bool IsAddress(string? url) => url is null || Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is ("http" or "https");
}
