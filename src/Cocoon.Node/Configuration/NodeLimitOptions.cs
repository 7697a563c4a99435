using System.ComponentModel.DataAnnotations;
using Cocoon.Protocol.Sessions;
using Microsoft.Extensions.Logging;

namespace Cocoon.Node.Configuration;

/// <summary>What a node grants its peers, from the TCP connection to the session on it.</summary>
public sealed class NodeLimitOptions : LinkLimitOptions
{
    /// <summary>Seconds for the first packet of a session in each direction, 1 to 600. Default 20.</summary>
    [Range(1, 600)]
    public int ConnectSeconds { get; set; } = 20;

    /// <summary>
    /// For <see cref="NodeOptions.GpuEvidence"/>: seconds in which this machine's GPUs have to attest themselves once, 1 to 600. Default 30. Connections that
    /// want it at the same time take turns.
    /// </summary>
    [Range(1, 600)]
    public int GpuEvidenceSeconds { get; set; } = 30;

    /// <summary>Bytes of messages that may wait to be handled before nothing more is read from a peer, 64 KiB to 1 GiB. Default 1 MiB.</summary>
    [Range(64 * 1024, 1 << 30)]
    public int MaxInboundBacklogBytes { get; set; } = 1 << 20;

    /// <summary>Packets a second taken from one connection on average, twice as many at once, 10 to 10000000. Default 100000.</summary>
    [Range(10, 10_000_000)]
    public int MaxPacketsPerSecond { get; set; } = 100_000;

    /// <summary><see cref="GpuEvidenceSeconds"/> as a span.</summary>
    public TimeSpan GpuEvidence => TimeSpan.FromSeconds(GpuEvidenceSeconds);

    /// <summary>What of this concerns a session.</summary>
    /// <param name="logger">Where the session says what went wrong.</param>
    public SessionOptions ForSession(ILogger logger) => new()
    {
        HandshakeTimeout = TimeSpan.FromSeconds(ConnectSeconds),
        MaxPacketsPerSecond = MaxPacketsPerSecond,
        MaxInboundBacklog = MaxInboundBacklogBytes,
        Logger = logger,
    };
}
