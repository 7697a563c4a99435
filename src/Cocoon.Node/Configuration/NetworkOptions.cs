using System.ComponentModel.DataAnnotations;

namespace Cocoon.Node.Configuration;

/// <summary>Which network a node belongs to and how it reaches the chain.</summary>
public sealed class NetworkOptions : IValidatableObject
{
    /// <summary>Address of the root contract (the registry), in any TON text form.</summary>
    [Required]
    public string RootContract { get; set; } = "";

    /// <summary>
    /// Base URL of a toncenter-compatible HTTP API, for example <c>http://127.0.0.1:8081/api/v2/</c>. Either this or <see cref="FixedRegistry"/>.
    /// </summary>
    [Url]
    public string? TonCenterUrl { get; set; }

    /// <summary>
    /// File with the registry of a test network that has no chain, in the network's JSON form <c>rootConfig.pseudo</c>; nothing is paid there. None by
    /// default.
    /// </summary>
    public string? FixedRegistry { get; set; }

    /// <summary>Key sent as <c>X-API-Key</c> to that API; none by default.</summary>
    public string? TonCenterApiKey { get; set; }

    /// <summary>Whether this is a Cocoon test network; must equal the flag in the root contract. Default false.</summary>
    public bool Test { get; set; }

    /// <summary>Whether addresses carry TON's testnet flag. Default false.</summary>
    public bool Testnet { get; set; }

    /// <summary>Seconds between two readings of the root contract, 1 to 3600. Default 30.</summary>
    [Range(1, 3600)]
    public int RegistryRefreshSeconds { get; set; } = 30;

    /// <summary>Milliseconds between two looks at an account that is being followed, 100 to 60000. Default 2000.</summary>
    [Range(100, 60_000)]
    public int ChainPollMilliseconds { get; set; } = 2000;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if ((TonCenterUrl is null) == (FixedRegistry is null))
        {
            yield return new ValidationResult(
                "Exactly one of TonCenterUrl (a network on a chain) and FixedRegistry (a test network without one) must be set.", [nameof(TonCenterUrl)]);
        }
        if (FixedRegistry is not null && !Test)
            yield return new ValidationResult("A network with a FixedRegistry is a test network: this must be true.", [nameof(Test)]);
    }
}
