using System.IO.Pipelines;
using System.Net.Sockets;

namespace Cocoon.Router.Sockets;

/// <summary>A socket's output whose completion tells the other side that nothing more comes.</summary>
internal sealed class HalfClosingWriter(PipeWriter writer, Socket socket) : PipeWriter
{
    private int _completed;

    public static void TryShutdown(Socket socket, SocketShutdown direction)
    {
        try
        {
            socket.Shutdown(direction);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The connection is gone already, which is what is wanted.
        }
    }

    public override void Advance(int bytes) => writer.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => writer.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => writer.GetSpan(sizeHint);

    public override void CancelPendingFlush() => writer.CancelPendingFlush();

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => writer.FlushAsync(cancellationToken);

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
        writer.WriteAsync(source, cancellationToken);

    public override void Complete(Exception? exception = null)
    {
        if (Interlocked.Exchange(ref _completed, 1) == 1)
            return;
        writer.Complete(exception);
        TryShutdown(socket, SocketShutdown.Send);
    }

    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        if (Interlocked.Exchange(ref _completed, 1) == 1)
            return;
        await writer.CompleteAsync(exception).ConfigureAwait(false);
        TryShutdown(socket, SocketShutdown.Send);
    }
}
