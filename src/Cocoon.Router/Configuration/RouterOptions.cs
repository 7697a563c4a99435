using System.ComponentModel.DataAnnotations;
using Cocoon.Node.Configuration;

namespace Cocoon.Router.Configuration;

/// <summary>What the operator of a router configures.</summary>
public sealed class RouterOptions
{
    /// <summary>The ports that are opened, at least one.</summary>
    [Required, MinLength(1)]
    public List<RouterPortOptions> Ports { get; set; } = [];

    /// <summary>
    /// How this router attests itself to the routers it meets: <c>none</c>, <c>fake_tdx</c>, <c>simulated_tdx</c>, <c>tdx</c> or <c>sev_snp</c>. Default
    /// <c>fake_tdx</c>.
    /// </summary>
    [Required]
    public string Evidence { get; set; } = "fake_tdx";

    /// <summary>For <c>simulated_tdx</c>: the files that make up this router's image, at most 3. None by default.</summary>
    public List<string> SimulatedImage { get; set; } = [];

    /// <summary>Where what vendors publish about their hardware comes from, with the same settings as a node's.</summary>
    [Required]
    public CollateralOptions Collateral { get; set; } = new();

    /// <summary>
    /// Whether it serves a test network; only then may its evidence be <c>fake_tdx</c> or <c>simulated_tdx</c>, or a port's policy accept them. Default false.
    /// </summary>
    public bool Test { get; set; }

    /// <summary>Open connections on each port, 1 to 1000000. Default 10000.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>Open connections from one address on each reverse port, 1 to 1000000. Default 256.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnectionsPerAddress { get; set; } = 256;

    /// <summary>New connections from one address on each reverse port in a minute, 1 to 1000000; 0 sets no limit. Default 600.</summary>
    [Range(0, 1_000_000)]
    public int MaxNewConnectionsPerMinute { get; set; } = 600;

    /// <summary>Seconds without a byte in either direction after which a connection is closed, 1 to 86400. Default 120; the network's roles say something every 10.</summary>
    [Range(1, 86_400)]
    public int IdleSeconds { get; set; } = 120;

    /// <summary>How long each step of opening a connection may take.</summary>
    [Required]
    public LinkLimitOptions Limits { get; set; } = new();
}
