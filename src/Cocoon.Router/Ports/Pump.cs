using System.IO.Pipelines;

namespace Cocoon.Router.Ports;

/// <summary>Passes bytes between two connections, each direction at the pace of its reader.</summary>
internal static class Pump
{
    /// <summary>
    /// Runs until both directions have ended. A side that ends its output lets the other finish: everything read is passed on first, then the end.
    /// </summary>
    /// <param name="one">One side.</param>
    /// <param name="other">The other side.</param>
    /// <param name="idle">How long neither direction may move a byte.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends both directions.</param>
    /// <exception cref="IOException">A side broke off, or nothing moved for too long.</exception>
    public static async Task RunAsync(IDuplexPipe one, IDuplexPipe other, TimeSpan idle, TimeProvider time, CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(idle, time);
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        try
        {
            await Task.WhenAll(Guarded(one, other), Guarded(other, one)).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (silence.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"No byte moved in either direction for {idle.TotalSeconds:0.###} s.", exception);
        }

        // A direction that breaks takes the other with it.
        async Task Guarded(IDuplexPipe from, IDuplexPipe to)
        {
            try
            {
                await CopyAsync(from.Input, to.Output, () => silence.CancelAfter(idle), broken.Token).ConfigureAwait(false);
            }
            catch
            {
                await broken.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    private static async Task CopyAsync(PipeReader from, PipeWriter to, Action moved, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await from.ReadAsync(cancellationToken).ConfigureAwait(false);
            foreach (var segment in read.Buffer)
            {
                var flushed = await to.WriteAsync(segment, cancellationToken).ConfigureAwait(false);
                if (flushed.IsCompleted)
                    throw new IOException("The receiving side closed the connection.");
            }
            from.AdvanceTo(read.Buffer.End);
            moved();
            if (read.IsCompleted)
                break;
        }
        await to.CompleteAsync().ConfigureAwait(false);
    }
}
