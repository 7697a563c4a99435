using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Cocoon.Testing;

/// <summary>Installs the npm packages that a folder pins in its lock file, once, even when several test processes ask for it.</summary>
public static class NodeModules
{
    private const int LockAttempts = 3000;

    /// <summary>The folder at <paramref name="relativePath"/> under the repository's root.</summary>
    public static string Find(string relativePath)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Cocoon.slnx"))) return Path.Combine(folder.FullName, relativePath);
        }
        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Cocoon.slnx.");
    }

    /// <summary>Runs `npm ci` in <paramref name="folder"/> unless every package of its package.json is there in its pinned version.</summary>
    public static async Task EnsureInstalledAsync(string folder)
    {
        if (IsInstalled(folder)) return;
        await using var fileLock = await LockAsync(LockPath(folder));
        if (IsInstalled(folder)) return;
        var start = new ProcessStartInfo("npm", ["ci", "--ignore-scripts", "--no-progress"])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var npm = Process.Start(start) ?? throw new InvalidOperationException("npm did not start.");
        var output = npm.StandardOutput.ReadToEndAsync();
        var errors = npm.StandardError.ReadToEndAsync();
        await npm.WaitForExitAsync();
        if (npm.ExitCode != 0) throw new InvalidOperationException($"npm ci in {folder} ended with {npm.ExitCode}: {await output}{await errors}");
    }

    /// <summary>The file that whoever installs into the folder holds open; the devnet's own installer takes the same one.</summary>
    public static string LockPath(string folder)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(full)))[..16];
        return Path.Combine(Path.GetTempPath(), $"cocoon-npm-{name}.lock");
    }

    private static bool IsInstalled(string folder)
    {
        using var wanted = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "package.json")));
        foreach (var package in wanted.RootElement.GetProperty("dependencies").EnumerateObject())
        {
            var manifest = Path.Combine(folder, "node_modules", package.Name, "package.json");
            if (!File.Exists(manifest)) return false;
            using var found = JsonDocument.Parse(File.ReadAllBytes(manifest));
            if (found.RootElement.GetProperty("version").GetString() != package.Value.GetString()) return false;
        }
        // npm writes this file last, so its absence tells of an installation that was cut short.
        return File.Exists(Path.Combine(folder, "node_modules", ".package-lock.json"));
    }

    // Another process holds the lock for as long as npm takes; file locks give no event to await.
    private static async Task<FileStream> LockAsync(string path)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < LockAttempts)
            {
                await Task.Delay(100);
            }
        }
    }
}
