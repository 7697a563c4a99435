using Cocoon.Protocol.Framing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Protocol.Sessions;

/// <summary>How a session behaves.</summary>
public sealed record SessionOptions
{
    /// <summary>How long the peer may take for its part of the handshake. 100 ms to 10 min, 20 s by default.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long the peer may be silent before the session ends. 1 s to 1 h; by default 20 s for the side that dialled and 60 s for the side
    /// that accepted, as in the network.
    /// </summary>
    public TimeSpan? DeadPeerTimeout { get; init; }

    /// <summary>
    /// The silence after which the peer is asked for a sign of life; three times as long after this side's own last word it pings as well,
    /// however much it hears. 100 ms to 1 h; by default 10 s for the side that dialled, while the
    /// side that accepted does not ask, as in the network.
    /// </summary>
    public TimeSpan? PingInterval { get; init; }

    /// <summary>
    /// How long a packet, or each 64 KiB of a larger one, may wait for a peer that does not read before the session ends. 1 s to 1 h, 60 s
    /// by default.
    /// </summary>
    public TimeSpan StalledPeerTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest packet body sent or accepted, in bytes. 1 KiB to 16 MiB, 16 MiB by default.</summary>
    public int MaxPacketSize { get; init; } = PacketLimits.MaxBodySize;

    /// <summary>
    /// The longest packet body accepted until the handler calls <see cref="Session.AllowLargePackets"/>, in bytes, so that nobody unknown
    /// makes this side hold megabytes. 1 KiB to 16 MiB, 64 KiB by default; <see cref="MaxPacketSize"/> applies as well.
    /// </summary>
    public int MaxPacketSizeBeforeReady { get; init; } = 64 * 1024;

    /// <summary>
    /// How many packets a second are taken from the peer on average; up to twice as many may come at once. Beyond that reading pauses, and
    /// the peer feels it as back-pressure. 0, which means no limit, or 10 to 10,000,000; 100,000 by default: a worker
    /// sends a packet for each token of each of its requests.
    /// </summary>
    public int MaxPacketsPerSecond { get; init; } = 100_000;

    /// <summary>How many of the peer's queries may be unanswered at once; further ones are refused. 1 to 65536, 64 by default.</summary>
    public int MaxInboundQueries { get; init; } = 64;

    /// <summary>
    /// How many bytes of messages and queries may wait for the handler before nothing more is read from the peer. The last packet taken
    /// may exceed it. 1 byte to 1 GiB, 1 MiB by default.
    /// </summary>
    public int MaxInboundBacklog { get; init; } = 1 << 20;

    /// <summary>Where the session says what went wrong. Contents of messages are never logged.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    internal void Validate()
    {
        Check(HandshakeTimeout, nameof(HandshakeTimeout), TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        if (DeadPeerTimeout is { } dead) Check(dead, nameof(DeadPeerTimeout), TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        if (PingInterval is { } ping) Check(ping, nameof(PingInterval), TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        Check(StalledPeerTimeout, nameof(StalledPeerTimeout), TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Check(MaxPacketSize, nameof(MaxPacketSize), 1024, PacketLimits.MaxBodySize);
        Check(MaxPacketSizeBeforeReady, nameof(MaxPacketSizeBeforeReady), 1024, PacketLimits.MaxBodySize);
        if (MaxPacketsPerSecond != 0) Check(MaxPacketsPerSecond, nameof(MaxPacketsPerSecond), 10, 10_000_000);
        Check(MaxInboundQueries, nameof(MaxInboundQueries), 1, 65536);
        Check(MaxInboundBacklog, nameof(MaxInboundBacklog), 1, 1 << 30);
    }

    private static void Check<T>(T value, string name, T lowest, T highest)
        where T : IComparable<T>
    {
        if (value.CompareTo(lowest) < 0 || value.CompareTo(highest) > 0)
            throw new ArgumentOutOfRangeException(name, value, $"{name} must lie between {lowest} and {highest}.");
    }
}
