using System.ComponentModel;
using System.Diagnostics;

namespace Cocoon.Cli.Network;

/// <summary>
/// One supervised process of a local network: the same command as this one, its output in a log file. It ends when this process ends, however
/// that happens, and is started again when it ends by itself.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan GraceTime = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan RestartPause = TimeSpan.FromSeconds(1);

    private readonly string[] _arguments;
    private readonly string _logFile;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _supervising;
    private volatile Process? _process;

    private ChildProcess(string name, string[] arguments, string logFile, Action<string> tell)
    {
        Name = name;
        _arguments = arguments;
        _logFile = logFile;
        _supervising = SuperviseAsync(tell);
    }

    /// <summary>The process's name in the network.</summary>
    public string Name { get; }

    /// <summary>Its process id, 0 while it does not run.</summary>
    public int Id => _process is { HasExited: false } process ? process.Id : 0;

    /// <summary>Where its output goes.</summary>
    public string LogFile => _logFile;

    /// <summary>Starts the process and keeps it running.</summary>
    /// <param name="name">Its name in the network.</param>
    /// <param name="arguments">Arguments of this very command.</param>
    /// <param name="logFile">Gets its output, after what is there.</param>
    /// <param name="tell">Hears of unexpected ends.</param>
    public static ChildProcess Start(string name, string[] arguments, string logFile, Action<string> tell) => new(name, arguments, logFile, tell);

    /// <summary>Lets the process end in good order and waits for that; kills it if it does not.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _supervising.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task SuperviseAsync(Action<string> tell)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(tell).ConfigureAwait(false);
            }
            // Whatever keeps one start from working (no memory, no file handles, a full disk), the next may work.
            catch (Exception exception) when (exception is Win32Exception or IOException or UnauthorizedAccessException or InvalidOperationException)
            {
                tell($"{Name} cannot be started: {exception.Message}");
            }
            await Task.Delay(RestartPause, TimeProvider.System, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunOnceAsync(Action<string> tell)
    {
        var file = new FileStream(_logFile, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        await using (file.ConfigureAwait(false))
        {
            using var process = Launch();
            _process = process;
            var log = CopyOutputAsync(process, file);
            await process.WaitForExitAsync(_stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stopping.IsCancellationRequested)
                await StopAsync(process).ConfigureAwait(false);
            else
                tell($"{Name} ended with status {process.ExitCode}; starting it again (log: {_logFile})");
            await log.ConfigureAwait(false);
        }
    }

    private Process Launch()
    {
        var self = Environment.ProcessPath ?? throw new InvalidOperationException("The path of this command is unknown.");
        var start = new ProcessStartInfo(self) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(self) == "dotnet")
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "cocoon.dll"));
        foreach (var argument in _arguments) start.ArgumentList.Add(argument);
        start.ArgumentList.Add("--until-input-ends");
        return Process.Start(start) ?? throw new InvalidOperationException($"Cannot start {self}.");
    }

    private static async Task CopyOutputAsync(Process process, FileStream file)
    {
        using var turn = new SemaphoreSlim(1, 1);
        await Task.WhenAll(CopyAsync(process.StandardOutput.BaseStream), CopyAsync(process.StandardError.BaseStream)).ConfigureAwait(false);

        async Task CopyAsync(Stream stream)
        {
            var buffer = new byte[4096];
            int read;
            while ((read = await stream.ReadAsync(buffer).ConfigureAwait(false)) > 0)
            {
                await turn.WaitAsync().ConfigureAwait(false);
                try
                {
                    await file.WriteAsync(buffer.AsMemory(0, read)).ConfigureAwait(false);
                    await file.FlushAsync().ConfigureAwait(false);
                }
                catch (IOException)
                {
                    // A full disk loses log lines; the process must not be held up by them.
                }
                finally
                {
                    turn.Release();
                }
            }
        }
    }

    private static async Task StopAsync(Process process)
    {
        if (process.HasExited)
            return;
        process.StandardInput.Close();
        using var grace = new CancellationTokenSource(GraceTime);
        await process.WaitForExitAsync(grace.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
    }
}
