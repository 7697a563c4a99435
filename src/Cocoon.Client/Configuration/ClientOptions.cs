using System.ComponentModel.DataAnnotations;
using Cocoon.Node.Configuration;

namespace Cocoon.Client.Configuration;

/// <summary>What a client (the local gateway of somebody who pays for tokens) can be told.</summary>
public sealed class ClientOptions : NodeOptions, IValidatableObject
{
    /// <summary>
    /// IP address the OpenAI-compatible gateway listens on. Default <c>127.0.0.1</c>; any other than loopback needs <see cref="GatewayApiKey"/>.
    /// </summary>
    [Required]
    public string GatewayHost { get; set; } = "127.0.0.1";

    /// <summary>TCP port of the gateway, 0 (any free port) to 65535. Default 10000.</summary>
    [Range(0, 65535)]
    public int GatewayPort { get; set; } = 10000;

    /// <summary>When set, callers must send it as <c>Authorization: Bearer</c>; compared in constant time. None by default.</summary>
    public string? GatewayApiKey { get; set; }

    /// <summary>To how many proxies this client keeps a connection, 1 to 64. Default 1.</summary>
    [Range(1, 64)]
    public int ProxyConnections { get; set; } = 1;

    /// <summary>
    /// The largest request body the gateway takes, in bytes, 1 KiB to 15 MiB (a request travels in one packet of at most 16 MiB). Default 4 MiB.
    /// </summary>
    [Range(1024, 15 * 1024 * 1024)]
    public int MaxRequestBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>
    /// How many bytes of an answer may wait for a caller that reads slowly before that request is given up, 64 KiB to 256 MiB. Default 8 MiB.
    /// </summary>
    [Range(64 * 1024, 256 * 1024 * 1024)]
    public int MaxBufferedAnswerBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>How many requests may run at once, 1 to 65536. Default 256.</summary>
    [Range(1, 65536)]
    public int MaxRunningRequests { get; set; } = 256;

    /// <summary>The most tokens an answer may have when a request does not say, 1 to 2^31-1. Default 1000.</summary>
    [Range(1, int.MaxValue)]
    public int DefaultMaxTokens { get; set; } = 1000;

    /// <summary>The highest worker coefficient a request accepts when it does not say, in thousandths, 0 to 2^31-1. Default 4000 (4.0).</summary>
    [Range(0, int.MaxValue)]
    public int MaxCoefficient { get; set; } = 4000;

    /// <summary>Seconds a request may take when it does not say, 1 to 3600. Default 120.</summary>
    [Range(1, 3600)]
    public int DefaultTimeoutSeconds { get; set; } = 120;

    /// <summary>Seconds a request waits for a proxy to be ready before it is refused, 0 to 600. Default 10.</summary>
    [Range(0, 600)]
    public int ProxyWaitSeconds { get; set; } = 10;

    /// <summary>How often a request is tried before its first byte reached the caller, 1 to 10. Default 3.</summary>
    [Range(1, 10)]
    public int MaxAttempts { get; set; } = 3;

    /// <summary>Whether the client adds money to its payment channels by itself when less than half a stake is left. Default true.</summary>
    public bool AutomaticTopUp { get; set; } = true;

    /// <summary>The most this client ever adds to its payment channels, in TON, summed over its whole life, 0 to 10^9. Default 100.</summary>
    [Range(typeof(decimal), "0", "1000000000", ParseLimitsInInvariantCulture = true, ConvertValueInInvariantCulture = true)]
    public decimal BudgetTon { get; set; } = 100;

    /// <summary>Whether a proxy's attested image, and a worker's in an attestation report, must be listed in the registry. Default true.</summary>
    public bool CheckProxyHashes { get; set; } = true;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (GpuEvidence != "none")
            yield return new ValidationResult("No prompt of others is read on a client, so nobody asks for its GPUs: this must be none.", [nameof(GpuEvidence)]);
    }
}
