using System.ComponentModel.DataAnnotations;
using Cocoon.Node.Configuration;

namespace Cocoon.Proxy.Configuration;

/// <summary>What a proxy operator configures.</summary>
public sealed class ProxyOptions : NodeOptions
{
    /// <summary>The address both ports bind to. Default all interfaces; with a <see cref="NodeOptions.Transport"/> other than <c>attested_tls</c> it must be loopback.</summary>
    [Required]
    public string ListenAddress { get; set; } = "0.0.0.0";

    /// <summary>TCP port for workers, 0 (any free port) to 65535. Default 11001.</summary>
    [Range(0, 65535)]
    public int WorkerPort { get; set; } = 11001;

    /// <summary>TCP port for clients, 0 (any free port) to 65535. Default 11002.</summary>
    [Range(0, 65535)]
    public int ClientPort { get; set; } = 11002;

    /// <summary>What a client must show, named as <see cref="NodeOptions.PeerPolicy"/>, to which workers are held. Default <c>any</c>.</summary>
    [Required]
    public string ClientPolicy { get; set; } = "any";

    /// <summary>Whether a worker's image hash and model must be listed in the registry. Default true.</summary>
    public bool CheckWorkerHashes { get; set; } = true;

    /// <summary>Proof of work asked of everyone who connects, in leading zero bits, 0 to 28. Default 20 (about a million hashes).</summary>
    [Range(0, 28)]
    public int ProofOfWorkDifficulty { get; set; } = 20;

    /// <summary>Open connections on both ports together, 1 to 1000000. Default 10000.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>Open connections from one address, 1 to 1000000. Default 256.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnectionsPerAddress { get; set; } = 256;

    /// <summary>New connections from one address in a minute, 1 to 1000000; 0 sets no limit. Default 600.</summary>
    [Range(0, 1_000_000)]
    public int MaxNewConnectionsPerMinute { get; set; } = 600;

    /// <summary>Seconds from a worker's connection to the end of its handshake, 1 to 3600. Default 150.</summary>
    [Range(1, 3600)]
    public int WorkerHandshakeSeconds { get; set; } = 150;

    /// <summary>The same for a client, whose registration has to pass through the chain, 1 to 3600 seconds. Default 360.</summary>
    [Range(1, 3600)]
    public int ClientHandshakeSeconds { get; set; } = 360;

    /// <summary>Seconds a peer may be silent before its connection is closed, 1 to 3600. Default 60; the network's roles say something every 10.</summary>
    [Range(1, 3600)]
    public int SilentPeerSeconds { get; set; } = 60;

    /// <summary>Requests in flight on one client connection, 1 to 100000. Default 1000.</summary>
    [Range(1, 100_000)]
    public int MaxRequestsPerConnection { get; set; } = 1000;

    /// <summary>
    /// Bytes of requests in flight on one client connection, 1 MiB to 1 GiB. Default 64 MiB. A request alone on its connection is taken whatever
    /// its size.
    /// </summary>
    [Range(1 << 20, 1 << 30)]
    public int MaxRequestBytesPerConnection { get; set; } = 64 << 20;

    /// <summary>How a worker is chosen among the eligible ones: <c>least_loaded</c> or <c>cheapest</c>. Default <c>least_loaded</c>.</summary>
    [Required]
    public string WorkerSelection { get; set; } = "least_loaded";

    /// <summary>How many workers a request is tried on before its first byte, 1 to 10. Default 3.</summary>
    [Range(1, 10)]
    public int MaxAttempts { get; set; } = 3;

    /// <summary>Bytes of answers kept for one request while its client reads slowly, 64 KiB to 256 MiB. Default 8 MiB; beyond it the request fails.</summary>
    [Range(64 * 1024, 256 * 1024 * 1024)]
    public int MaxBufferedAnswerBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>The least time between two state commits on chain, 1 to 3600 seconds; none is made while nothing changed. Default 30.</summary>
    [Range(1, 3600)]
    public int CommitIntervalSeconds { get; set; } = 30;

    /// <summary>How often money is looked after, 1 to 3600 seconds. Default 5.</summary>
    [Range(1, 3600)]
    public int SettlementIntervalSeconds { get; set; } = 5;

    /// <summary>A client is charged on chain once it owes this much, in TON. Default 1.</summary>
    [Range(0, 1_000_000)]
    public decimal ChargeThresholdTon { get; set; } = 1;

    /// <summary>A worker is paid on chain by the proxy once it is owed this much, in TON; it can always claim earlier itself. Default 10.</summary>
    [Range(0, 1_000_000)]
    public decimal PayoutThresholdTon { get; set; } = 10;

    /// <summary>The proxy's share is paid out to its owner once it is this much, in TON. Default 10.</summary>
    [Range(0, 1_000_000)]
    public decimal WithdrawThresholdTon { get; set; } = 10;
}
