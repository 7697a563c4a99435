using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Cocoon.Router.Sockets;

/// <summary>Accepts <see cref="SocketLink"/>s.</summary>
internal sealed partial class SocketLinkListener(TimeProvider time, ILogger<SocketLinkListener> logger) : IConnectionListenerFactory, IConnectionListener
{
    private const int Backlog = 512;

    private static readonly TimeSpan FullPause = TimeSpan.FromMilliseconds(100);

    private Socket? _socket;

    public EndPoint EndPoint { get; private set; } = new IPEndPoint(IPAddress.None, 0);

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        _socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _socket.Bind(endpoint);
            _socket.Listen(Backlog);
            EndPoint = _socket.LocalEndPoint!;
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
        return new ValueTask<IConnectionListener>(this);
    }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Socket? socket = null;
            try
            {
                socket = await _socket!.AcceptAsync(cancellationToken).ConfigureAwait(false);
                return new SocketLink(socket);
            }
            catch (Exception exception) when (exception is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return null;
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                // The connection goes on waiting, so the next attempt would fail at once as well.
                LogFull(EndPoint, exception.Message);
                await Task.Delay(FullPause, time, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                // One that was gone before it was taken does not end the port.
                socket?.Dispose();
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => DisposeAsync();

    public ValueTask DisposeAsync()
    {
        _socket?.Dispose();
        return ValueTask.CompletedTask;
    }

    [LoggerMessage(LogLevel.Warning, "Port {Port} cannot take a connection now: {Reason}. Close other programs or allow more open files")]
    private partial void LogFull(EndPoint port, string reason);
}
