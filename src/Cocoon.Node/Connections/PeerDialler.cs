using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Cocoon.Node.Connections;

/// <summary>Opens connections to peers and runs each through a pipeline of middlewares, as <see cref="PeerListener"/> does on the other end.</summary>
public sealed class PeerDialler(ConnectionDelegate pipeline, TimeSpan connectTimeout, ILoggerFactory loggers, TimeProvider time) : IDisposable
{
    private readonly SocketConnectionContextFactory _contexts =
        new(new SocketConnectionFactoryOptions(), loggers.CreateLogger<PeerDialler>());

    /// <summary>What is dialled instead of the peer and passes the connection on; null when the peer itself is.</summary>
    public IPEndPoint? Via { get; init; }

    /// <summary>Dials and returns when the connection has ended. The pipeline finds the <see cref="PeerTarget"/> among the connection's features.</summary>
    /// <exception cref="IOException">The peer cannot be reached, or the connection broke; the message says where and why.</exception>
    public async Task RunAsync(string host, int port, CancellationToken cancellationToken)
    {
        var (dialledHost, dialledPort) = Via is { } via ? (via.Address.ToString(), via.Port) : (host, port);
        var socket = await TcpDial.ConnectAsync(dialledHost, dialledPort, connectTimeout, time, cancellationToken).ConfigureAwait(false);
        var connection = _contexts.Create(socket);
        await using (connection.ConfigureAwait(false))
        {
            connection.Features.Set(new PeerTarget(host, port));
            using var abort = cancellationToken.Register(() => connection.Abort(new ConnectionAbortedException("The node stops.")));
            await pipeline(connection).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _contexts.Dispose();
}
