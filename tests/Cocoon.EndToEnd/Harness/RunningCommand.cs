using System.Diagnostics;
using System.Text;
using System.Threading.Channels;

namespace Cocoon.EndToEnd.Harness;

/// <summary>A <c>cocoon</c> command in a process of its own, which leads a process group as a terminal's foreground command does.</summary>
internal sealed class RunningCommand : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly StringBuilder _error = new();
    private readonly Task _output;
    private readonly Task _errors;

    private RunningCommand(Process process)
    {
        _process = process;
        _output = ReadOutputAsync();
        _errors = ReadErrorsAsync();
    }

    /// <summary>This process and all that descend from it.</summary>
    public required MarkedProcesses Processes { get; init; }

    public int Id => _process.Id;

    /// <summary>What it wrote to standard error so far.</summary>
    public string Error
    {
        get
        {
            lock (_error) return _error.ToString();
        }
    }

    public static RunningCommand Start(params string[] arguments) => StartIn(Environment.CurrentDirectory, arguments);

    /// <summary>Starts it in a folder, which its relative paths are taken from.</summary>
    public static RunningCommand StartIn(string folder, params string[] arguments)
    {
        var dotnet = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
        // setsid makes the group, and env has it heed Ctrl-C, which what is started in the background of a script ignores. Both become the next
        // command, under the same process id.
        var start = new ProcessStartInfo("setsid", ["env", "--default-signal=INT", dotnet, Path.Combine(AppContext.BaseDirectory, "cocoon.dll"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        var processes = new MarkedProcesses();
        start.Environment[MarkedProcesses.Variable] = processes.Mark;
        var process = Process.Start(start) ?? throw new InvalidOperationException("setsid did not start.");
        process.StandardInput.Close();
        return new RunningCommand(process) { Processes = processes };
    }

    /// <summary>The next line of standard output that matches.</summary>
    public async Task<string> LineAsync(Predicate<string> match, TimeSpan limit)
    {
        using var timer = new CancellationTokenSource(limit);
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(timer.Token))
            {
                if (match(line))
                    return line;
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The line did not come within {limit.TotalSeconds:0} s. Standard error: {Error}");
        }
        throw new InvalidOperationException($"The command ended without the line. Standard error: {Error}");
    }

    /// <summary>Waits for its end.</summary>
    public async Task<CommandResult> EndAsync(TimeSpan limit)
    {
        using var timer = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(timer.Token);
            await Task.WhenAll(_output, _errors).WaitAsync(timer.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The command did not end within {limit.TotalSeconds:0} s. Standard error: {Error}");
        }
        var output = new StringBuilder();
        while (_lines.Reader.TryRead(out var line)) output.AppendLine(line);
        return new CommandResult(_process.ExitCode, output.ToString(), Error);
    }

    /// <summary>Kills whatever still runs; a story that went well leaves nothing to kill.</summary>
    public async ValueTask DisposeAsync()
    {
        Processes.KillAll();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task ReadOutputAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line) await _lines.Writer.WriteAsync(line);
        _lines.Writer.Complete();
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_error) _error.AppendLine(line);
        }
    }
}
