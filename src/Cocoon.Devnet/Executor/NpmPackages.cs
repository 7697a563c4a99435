using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Cocoon.Cryptography;
using Microsoft.Extensions.Logging;

namespace Cocoon.Devnet.Executor;

/// <summary>Makes sure that a folder's npm packages are there in the versions package.json pins, installing them once, whichever process comes first.</summary>
internal static partial class NpmPackages
{
    private static readonly TimeSpan InstallTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(200);

    /// <param name="folder">The folder with <c>package.json</c> and <c>package-lock.json</c>.</param>
    /// <param name="npmCommand">The program to run.</param>
    /// <param name="logger">Is told once before npm runs.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ExecutorException">npm could not be run, or did not do it.</exception>
    public static async Task EnsureAsync(string folder, string npmCommand, ILogger logger, CancellationToken cancellationToken)
    {
        if (IsInstalled(folder)) return;
        using var limit = new CancellationTokenSource(InstallTimeout);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await using var held = await LockAsync(LockPath(folder), linked.Token).ConfigureAwait(false);
            if (IsInstalled(folder)) return;
            LogInstalling(logger, folder);
            await RunNpmAsync(npmCommand, folder, linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ExecutorException(
                $"Installing npm packages took longer than {InstallTimeout.TotalMinutes} minutes. Run 'npm ci' in '{folder}' and try again.")
            {
                IsUnavailable = true,
            };
        }
        if (!IsInstalled(folder))
            throw new ExecutorException(
                $"'npm ci' ended well, yet '{folder}' has not every package of its package.json. Run it by hand there and look at its output.")
            {
                IsUnavailable = true,
            };
    }

    /// <summary>The file that whoever installs into the folder holds open; outside the folder, which may belong to another user.</summary>
    internal static string LockPath(string folder)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return Path.Combine(Path.GetTempPath(), $"cocoon-npm-{Bits256.Sha256(Encoding.UTF8.GetBytes(full)).ToString()[..16]}.lock");
    }

    private static bool IsInstalled(string folder)
    {
        var modules = Path.Combine(folder, "node_modules");
        // npm writes this file last.
        if (!File.Exists(Path.Combine(modules, ".package-lock.json"))) return false;
        using var wanted = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "package.json")));
        foreach (var package in wanted.RootElement.GetProperty("dependencies").EnumerateObject())
        {
            var path = Path.Combine(modules, package.Name, "package.json");
            if (!File.Exists(path)) return false;
            using var found = JsonDocument.Parse(File.ReadAllBytes(path));
            if (found.RootElement.GetProperty("version").GetString() != package.Value.GetString()) return false;
        }
        return true;
    }

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

    private static async Task RunNpmAsync(string npmCommand, string folder, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(npmCommand, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
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
            throw new ExecutorException(
                $"'{npmCommand}' could not be started ({e.Message}). The devnet needs Node.js 20 or newer with npm: install it, or put it into PATH.", e)
            {
                IsUnavailable = true,
            };
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
                    throw new ExecutorException(
                        $"'npm ci' in '{folder}' ended with exit code {process.ExitCode}: {text[^Math.Min(text.Length, 2000)..].Trim()}")
                    {
                        IsUnavailable = true,
                    };
            }
            finally
            {
                if (!process.HasExited) process.Kill(entireProcessTree: true);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Installing npm packages in {Folder}; this happens once")]
    private static partial void LogInstalling(ILogger logger, string folder);
}
