using System.Net;
using Cocoon.Attestation;
using Cocoon.Node.Configuration;
using Cocoon.Node.Connections;
using Cocoon.Protocol.Sessions;
using Cocoon.Router.Configuration;
using Cocoon.Router.Ports;
using Cocoon.Router.Sockets;
using Microsoft.Extensions.Logging;

namespace Cocoon.Router;

/// <summary>
/// The network's router: does proof of work and attested TLS for the programs of this machine, and tells each who its peer is. SOCKS5 and
/// forward ports are for programs that dial, reverse ports for programs that are dialled.
/// </summary>
public sealed partial class RouterNode : IAsyncDisposable
{
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<PeerListener> _listeners = [];
    private readonly List<AttestedTls> _tls = [];
    private readonly EvidenceServices _evidence;
    private readonly ILogger _logger;
    private int _disposed;

    private RouterNode(EvidenceServices evidence, ILogger logger)
    {
        _evidence = evidence;
        _logger = logger;
    }

    /// <summary>Where the ports listen, in the order of <see cref="RouterOptions.Ports"/>.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => [.. _listeners.Select(listener => listener.EndPoint)];

    /// <summary>Ends when the router has stopped.</summary>
    public Task Completion => _stopped.Task;

    /// <summary>Checks the options and opens the ports.</summary>
    /// <exception cref="ConfigurationException">Something configured cannot be used.</exception>
    /// <exception cref="IOException">A port cannot be bound.</exception>
    public static async Task<RouterNode> StartAsync(RouterOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        NodeConfiguration.Validate(options);
        var evidence = new EvidenceServices(options.Evidence, options.SimulatedImage, options.Collateral, cacheFolder: null, options.Test, time) { ExchangesEvidence = false };
        var router = new RouterNode(evidence, loggers.CreateLogger<RouterNode>());
        try
        {
            _ = evidence.CreateSource();
            var ports = options.Ports.Select((port, index) => RouterPort.Read(port, $"Ports[{index}]", evidence)).ToArray();
            await evidence.RequireEvidenceAsync(cancellationToken).ConfigureAwait(false);
            foreach (var port in ports) await router.OpenAsync(port, options, time, loggers, cancellationToken).ConfigureAwait(false);
            return router;
        }
        catch
        {
            await router.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        foreach (var listener in _listeners) await listener.DisposeAsync().ConfigureAwait(false);
        foreach (var tls in _tls) tls.Dispose();
        _evidence.Dispose();
        _stopped.TrySetResult();
    }

    private async Task OpenAsync(RouterPort port, RouterOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var tls = new AttestedTls(
            _evidence.CreateSource(), port.Policy,
            new AttestedTlsOptions { HandshakeTimeout = options.Limits.TlsHandshake, EvidenceTimeout = options.Limits.Evidence, Farewell = Farewell.Write }, time,
            loggers.CreateLogger<AttestedTls>());
        _tls.Add(tls);
        var limiter = new ConnectionLimiter(options.MaxConnections, options.MaxConnectionsPerAddress, options.MaxNewConnectionsPerMinute, time);
        var routes = new PortRoutes(port, tls, options, time);
        var listener = await PeerListener.StartAsync(
            port.Listen, new SocketLinkListener(time, loggers.CreateLogger<SocketLinkListener>()), routes.Pipeline, port.Kind == RouterPortKind.Reverse ? limiter : limiter.WithoutAddresses(), loggers,
            cancellationToken).ConfigureAwait(false);
        _listeners.Add(listener);
        LogOpened(port.Kind, listener.EndPoint, port.Destination);
        _logger.LogPolicy(_evidence.Describe($"Port {listener.EndPoint.Port}", port.Policy));
    }

    [LoggerMessage(LogLevel.Information, "Open: {Kind} port {Port} to {Destination}")]
    private partial void LogOpened(RouterPortKind kind, IPEndPoint port, PeerTarget? destination);
}
