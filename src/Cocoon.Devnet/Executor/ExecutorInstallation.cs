using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Cocoon.Cryptography;
using Microsoft.Extensions.Logging;

namespace Cocoon.Devnet.Executor;

/// <summary>Makes sure that the executor's npm packages are there, installing them once, whichever process comes first.</summary>
internal static partial class ExecutorInstallation
{
    private static readonly TimeSpan InstallTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(200);

    public static async Task EnsureAsync(NodeSandboxOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        var folder = Path.GetFullPath(options.ExecutorFolder);
        if (!File.Exists(Path.Combine(folder, "executor.mjs")))
            throw new ExecutorException($"The devnet's executor is missing: '{folder}' has no executor.mjs. Set ExecutorFolder to src/Cocoon.Devnet/Executor of a checkout.");
        if (IsInstalled(folder)) return;

        // The lock lies outside the folder, which npm may empty and which may belong to another user.
        var lockPath = Path.Combine(Path.GetTempPath(), $"cocoon-executor-{Bits256.Sha256(Encoding.UTF8.GetBytes(folder)).ToString()[..16]}.lock");
        using var limit = new CancellationTokenSource(InstallTimeout);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await using var held = await LockAsync(lockPath, linked.Token).ConfigureAwait(false);
            if (IsInstalled(folder)) return;
            LogInstalling(logger, folder);
            await RunNpmAsync(options, folder, linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ExecutorException($"Installing the devnet's executor took longer than {InstallTimeout.TotalMinutes} minutes. Run 'npm ci' in '{folder}' and try again.");
        }
        if (!IsInstalled(folder))
            throw new ExecutorException($"'npm ci' ended well, yet '{folder}' has no node_modules/@ton/sandbox. Run it by hand there and look at its output.");
    }

    // npm writes node_modules/.package-lock.json last.
    private static bool IsInstalled(string folder) =>
        File.Exists(Path.Combine(folder, "node_modules", ".package-lock.json")) &&
        File.Exists(Path.Combine(folder, "node_modules", "@ton", "sandbox", "package.json"));

    private static async Task<FileStream> LockAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(LockPoll, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task RunNpmAsync(NodeSandboxOptions options, string folder, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(options.NpmCommand, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new ExecutorException($"'{options.NpmCommand}' could not be started ({e.Message}). The devnet needs Node.js 20 or newer with npm: install it, or put it into PATH.", e);
        }
        using (process)
        {
            try
            {
                process.StandardInput.Close();
                var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
                var error = process.StandardError.ReadToEndAsync(cancellationToken);
                await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
                await output.ConfigureAwait(false);
                var text = await error.ConfigureAwait(false);
                if (process.ExitCode != 0)
                    throw new ExecutorException($"'npm ci' in '{folder}' ended with exit code {process.ExitCode}: {text[^Math.Min(text.Length, 2000)..].Trim()}");
            }
            finally
            {
                if (!process.HasExited) process.Kill(entireProcessTree: true);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Installing the devnet's executor (npm ci) in {Folder}; this happens once")]
    private static partial void LogInstalling(ILogger logger, string folder);
}
