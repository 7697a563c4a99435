using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Cocoon.Node.Connections;

/// <summary>A public port: accepts connections and runs each through a pipeline of middlewares.</summary>
public sealed partial class PeerListener : IAsyncDisposable
{
    private readonly IConnectionListener _listener;
    private readonly ConnectionDelegate _pipeline;
    private readonly ConnectionLimiter _limiter;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskSet _connections = new();
    private readonly Task _accepting;

    private PeerListener(IConnectionListener listener, ConnectionDelegate pipeline, ConnectionLimiter limiter, ILogger logger)
    {
        _listener = listener;
        _pipeline = pipeline;
        _limiter = limiter;
        _logger = logger;
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens; the port is the real one when 0 was asked for.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_listener.EndPoint;

    /// <summary>Binds the port and starts accepting.</summary>
    /// <exception cref="IOException">The port cannot be bound.</exception>
    public static Task<PeerListener> StartAsync(
        IPEndPoint endPoint, ConnectionDelegate pipeline, ConnectionLimiter limiter, ILoggerFactory loggers, CancellationToken cancellationToken) =>
        StartAsync(
            endPoint, new SocketTransportFactory(Options.Create(new SocketTransportOptions()), loggers), pipeline, limiter, loggers, cancellationToken);

    /// <summary>The same over sockets of another make.</summary>
    /// <exception cref="IOException">The port cannot be bound.</exception>
    public static async Task<PeerListener> StartAsync(
        IPEndPoint endPoint, IConnectionListenerFactory transport, ConnectionDelegate pipeline, ConnectionLimiter limiter, ILoggerFactory loggers,
        CancellationToken cancellationToken)
    {
        try
        {
            var listener = await transport.BindAsync(endPoint, cancellationToken).ConfigureAwait(false);
            return new PeerListener(listener, pipeline, limiter, loggers.CreateLogger<PeerListener>());
        }
        catch (Exception exception) when (exception is AddressInUseException or System.Net.Sockets.SocketException)
        {
            throw new IOException($"Cannot listen on {endPoint}: {exception.Message} Stop what uses the port or configure another one.", exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _listener.UnbindAsync().ConfigureAwait(false);
        await _accepting.ConfigureAwait(false);
        await _connections.WhenEmptyAsync().ConfigureAwait(false);
        await _listener.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            ConnectionContext? connection;
            try
            {
                connection = await _listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            if (connection is null)
                return;
            _connections.Add(ServeAsync(connection));
        }
    }

    private async Task ServeAsync(ConnectionContext connection)
    {
        await Task.Yield();
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        await using (connection.ConfigureAwait(false))
        {
            if (_limiter.TryEnter(address) is { } refusal)
            {
                LogRefused(connection.RemoteEndPoint, refusal);
                connection.Abort(new ConnectionAbortedException(refusal));
                return;
            }
            using var abort = _stopping.Token.Register(() => connection.Abort(new ConnectionAbortedException("The node stops.")));
            try
            {
                await _pipeline(connection).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or ConnectionAbortedException)
            {
                LogEnded(connection.RemoteEndPoint, exception.Message);
            }
            // Whatever one peer makes happen stays with that peer: the port must outlive it.
            catch (Exception exception)
            {
                LogFailed(connection.RemoteEndPoint, exception);
            }
            finally
            {
                _limiter.Leave(address);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Refused a connection from {Peer}: {Reason}")]
    private partial void LogRefused(EndPoint? peer, string reason);

    [LoggerMessage(LogLevel.Information, "Connection from {Peer} ended: {Reason}")]
    private partial void LogEnded(EndPoint? peer, string reason);

    [LoggerMessage(LogLevel.Error, "Connection from {Peer} failed")]
    private partial void LogFailed(EndPoint? peer, Exception exception);
}
