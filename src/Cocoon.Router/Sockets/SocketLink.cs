using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Cocoon.Router.Sockets;

/// <summary>
/// A TCP connection that can be closed in one direction: completing its output sends what was written and then the end, and what the other
/// side still has to say can be read. The transport of the web server, which the roles use, closes both directions at once.
/// </summary>
internal sealed class SocketLink : ConnectionContext, IDuplexPipe
{
    private const int BufferSize = 64 * 1024;

    private readonly Socket _socket;
    private readonly CancellationTokenSource _closed = new();
    private int _disposed;

    /// <summary>The socket belongs to the link from now on.</summary>
    public SocketLink(Socket socket)
    {
        _socket = socket;
        socket.NoDelay = true;
        var stream = new NetworkStream(socket, ownsSocket: false);
        Input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: BufferSize, leaveOpen: true, useZeroByteReads: true));
        Output = new HalfClosingWriter(PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: BufferSize, leaveOpen: true)), socket);
        Transport = this;
        ConnectionClosed = _closed.Token;
        LocalEndPoint = Plain(socket.LocalEndPoint);
        RemoteEndPoint = Plain(socket.RemoteEndPoint);
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    public override string ConnectionId { get; set; } = Guid.NewGuid().ToString("N");

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

    public override IDuplexPipe Transport { get; set; }

    public override CancellationToken ConnectionClosed { get; set; }

    public override EndPoint? LocalEndPoint { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    /// <summary>Ends both directions at once; what waits for either goes on.</summary>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        if (Volatile.Read(ref _disposed) == 1)
            return;
        HalfClosingWriter.TryShutdown(_socket, SocketShutdown.Both);
        try
        {
            _closed.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The connection ended by itself meanwhile.
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        await Input.CompleteAsync().ConfigureAwait(false);
        // What was not flushed is not meant to leave any more.
        await Output.CompleteAsync(new ConnectionAbortedException()).ConfigureAwait(false);
        _socket.Dispose();
        _closed.Dispose();
    }

    // Sockets for both families name IPv4 addresses in the form of IPv6.
    private static EndPoint? Plain(EndPoint? endPoint) =>
        endPoint is IPEndPoint { Address.IsIPv4MappedToIPv6: true } mapped ? new IPEndPoint(mapped.Address.MapToIPv4(), mapped.Port) : endPoint;
}
