using System.ComponentModel.DataAnnotations;
using Cocoon.Node.Configuration;

namespace Cocoon.Worker.Configuration;

/// <summary>What a GPU owner configures.</summary>
public sealed class WorkerOptions : NodeOptions
{
    /// <summary>The model that is served, <c>name</c> or <c>name@commit:hash</c>; clients ask for the part before <c>@</c>.</summary>
    [Required, StringLength(1024)]
    public string Model { get; set; } = "";

    /// <summary>What the network's price is multiplied by, in thousandths, 0 to 999999999. Default 1000 (the network's price).</summary>
    [Range(0, 999_999_999)]
    public int Coefficient { get; set; } = 1000;

    /// <summary>Requests served at once over all connections, 1 to 1000000. Default 200.</summary>
    [Range(1, 1_000_000)]
    public int MaxActiveRequests { get; set; } = 200;

    /// <summary>Proxies to stay connected to, 1 to 1000. Default 1.</summary>
    [Range(1, 1000)]
    public int ProxyConnections { get; set; } = 1;

    /// <summary>Whether a proxy's image hash must be listed in the registry. Default true.</summary>
    public bool CheckProxyHashes { get; set; } = true;

    /// <summary>What answers the requests.</summary>
    [Required]
    public EngineOptions Engine { get; set; } = new();

    /// <summary>Seconds between two looks at the engine's health, 1 to 3600. Default 2.</summary>
    [Range(1, 3600)]
    public int HealthCheckSeconds { get; set; } = 2;

    /// <summary>The worker has itself paid out once it is owed this much, in TON. Default 1.</summary>
    [Range(0, 1_000_000)]
    public decimal PayoutThresholdTon { get; set; } = 1;

    /// <summary>How often earnings are looked after, 1 to 3600 seconds. Default 10.</summary>
    [Range(1, 3600)]
    public int SettlementIntervalSeconds { get; set; } = 10;
}
