using System.CommandLine;
using System.Text.Json;
using Cocoon.Attestation;
using Cocoon.Node.Admin;
using Cocoon.Node.Configuration;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;
using Spectre.Console;

namespace Cocoon.Cli.Commands;

/// <summary>How every command runs: Ctrl-C ends it quietly, and what users can mend is told in a sentence, not in a stack trace.</summary>
internal static class CommandRun
{
    /// <summary>Exit status of a command that failed.</summary>
    public const int Failed = 1;

    /// <summary>Exit status where nothing was tried: the command line, or what it names, cannot be understood.</summary>
    public const int Misused = 2;

    private const int MaxWidth = 4000;

    /// <summary>Progress and errors go here; standard output is for results.</summary>
    public static IAnsiConsole Progress { get; } = Open(Console.Error, Console.IsErrorRedirected);

    /// <summary>Results for people go here.</summary>
    public static IAnsiConsole Results { get; } = Open(Console.Out, Console.IsOutputRedirected);

    /// <summary>What a command does.</summary>
    /// <param name="command">The command.</param>
    /// <param name="action">Does it; what it returns is the exit status.</param>
    /// <param name="failed">Exit status when it fails for a reason that users can mend.</param>
    public static void Run(this Command command, Func<ParseResult, CancellationToken, Task<int>> action, int failed = Failed) =>
        command.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                return await action(parsed, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return 0;
            }
            catch (Exception exception) when (IsForUsers(exception))
            {
                Progress.MarkupLineInterpolated($"[red]error:[/] {exception.Message}");
                return failed;
            }
        });

    public static void PrintJson(object value) => Console.Out.WriteLine(JsonSerializer.Serialize(value, NodeJson.Options));

    // Where there is no screen a line stays whole and plain, for those who search or parse it.
    private static IAnsiConsole Open(TextWriter writer, bool redirected)
    {
        var settings = new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) };
        if (!redirected)
            return AnsiConsole.Create(settings);
        settings.Ansi = AnsiSupport.No;
        settings.ColorSystem = ColorSystemSupport.NoColors;
        var console = AnsiConsole.Create(settings);
        console.Profile.Width = MaxWidth;
        return console;
    }

    private static bool IsForUsers(Exception exception) =>
        exception is ConfigurationException or IOException or TonChainException or HttpRequestException or FormatException or InvalidOperationException
            or CellFormatException or AttestationException or UnauthorizedAccessException or Proxy.Ledger.LedgerException or InvalidDataException;
}
