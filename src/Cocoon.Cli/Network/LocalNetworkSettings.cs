namespace Cocoon.Cli.Network;

/// <summary>What a local network remembers between runs; kept as <c>network.json</c> in its folder.</summary>
internal sealed record LocalNetworkSettings
{
    /// <summary>Loopback port of the devnet.</summary>
    public required int DevnetPort { get; init; }

    /// <summary>The proxy's port for workers.</summary>
    public required int WorkerPort { get; init; }

    /// <summary>The proxy's port for clients.</summary>
    public required int ClientPort { get; init; }

    /// <summary>The gateway's port.</summary>
    public required int GatewayPort { get; init; }

    /// <summary>Admin ports: proxy, client, then one for each worker.</summary>
    public required int[] AdminPorts { get; init; }

    /// <summary>The root contract; null until it is deployed.</summary>
    public string? RootContract { get; init; }

    public string DevnetUrl => $"http://127.0.0.1:{DevnetPort}/";

    public string TonCenterUrl => $"{DevnetUrl}api/v2/";

    public string GatewayUrl => $"http://127.0.0.1:{GatewayPort}";
}
