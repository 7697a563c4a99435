namespace Cocoon.Cli.Commands;

/// <summary>Ends a supervised process when its supervisor's end of standard input closes, so that none outlives it, even when it is killed.</summary>
internal static class InputEnd
{
    /// <summary>A source that is cancelled with <paramref name="cancellationToken"/>, and when standard input ends if that is watched.</summary>
    public static CancellationTokenSource Link(bool watch, CancellationToken cancellationToken)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (watch)
        {
            new Thread(() =>
            {
                using var input = Console.OpenStandardInput();
                while (input.ReadByte() >= 0)
                {
                }
                try
                {
                    source.Cancel();
                }
                catch (ObjectDisposedException)
                {
                    // The process has come to its end by itself.
                }
            })
            { IsBackground = true, Name = "supervisor watch" }.Start();
        }
        return source;
    }
}
