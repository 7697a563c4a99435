using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Cocoon.Node.Connections;

/// <summary>Opens connections to peers and runs each through a pipeline of middlewares, as <see cref="PeerListener"/> does on the other end.</summary>
public sealed class PeerDialler(ConnectionDelegate pipeline, TimeSpan connectTimeout, ILoggerFactory loggers, TimeProvider time) : IDisposable
{
    private readonly SocketConnectionContextFactory _contexts =
        new(new SocketConnectionFactoryOptions(), loggers.CreateLogger<PeerDialler>());

    /// <summary>Dials and returns when the connection has ended.</summary>
    /// <exception cref="IOException">The peer cannot be reached, or the connection broke; the message says where and why.</exception>
    public async Task RunAsync(string host, int port, CancellationToken cancellationToken)
    {
        var socket = await ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
        var connection = _contexts.Create(socket);
        await using (connection.ConfigureAwait(false))
        {
            using var abort = cancellationToken.Register(() => connection.Abort(new ConnectionAbortedException("The node stops.")));
            await pipeline(connection).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _contexts.Dispose();

    private async Task<Socket> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(connectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            EndPoint endPoint = IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);
            await socket.ConnectAsync(endPoint, either.Token).ConfigureAwait(false);
            return socket;
        }
        catch (Exception exception) when (exception is SocketException || (exception is OperationCanceledException && timeout.IsCancellationRequested))
        {
            socket.Dispose();
            var reason = exception is SocketException ? exception.Message : $"no answer within {connectTimeout.TotalSeconds:0} s";
            throw new IOException($"Cannot connect to {host}:{port}: {reason}.", exception);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
