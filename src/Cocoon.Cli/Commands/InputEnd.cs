using System.CommandLine;
using System.Runtime.InteropServices;

namespace Cocoon.Cli.Commands;

/// <summary>Ends a supervised process when its supervisor's end of standard input closes, so that none outlives it, even when it is killed.</summary>
internal static class InputEnd
{
    // Held for the life of the process: a registration that is collected stops to count.
    private static PosixSignalRegistration? _interrupt;

    /// <summary>Whether the command line asks to watch standard input.</summary>
    public static bool IsWatched(ParseResult parsed) => parsed.Tokens.Any(token => token.Value == CommonOptions.UntilInputEndsName);

    /// <summary>A source that is cancelled with <paramref name="cancellationToken"/>, and when standard input ends if that is watched.</summary>
    public static CancellationTokenSource Link(bool watch, CancellationToken cancellationToken)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (watch)
        {
            _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
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
