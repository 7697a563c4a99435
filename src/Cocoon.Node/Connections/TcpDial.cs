using System.Net;
using System.Net.Sockets;

namespace Cocoon.Node.Connections;

/// <summary>Opens TCP connections.</summary>
public static class TcpDial
{
    /// <summary>Connects to a host by address or name.</summary>
    /// <exception cref="IOException">It cannot be reached in time; the message says where and why.</exception>
    public static async Task<Socket> ConnectAsync(string host, int port, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            EndPoint endPoint = IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);
            await Deadline.RunAsync(
                timeout, time, $"Connecting to {host}:{port}", token => socket.ConnectAsync(endPoint, token).AsTask(), cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            throw new IOException($"Cannot connect to {host}:{port}: {exception.Message}.", exception);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
