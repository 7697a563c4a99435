namespace Cocoon.Devnet.Executor;

/// <summary>How <see cref="NodeSandboxExecutor"/> finds and runs Node.js.</summary>
public sealed class NodeSandboxOptions
{
    /// <summary>The program to run, looked up in PATH. Node.js 20 or newer. Default: <c>node</c>.</summary>
    public string NodeCommand { get; init; } = "node";

    /// <summary>The program that installs the executor's packages once, looked up in PATH. Default: <c>npm</c>.</summary>
    public string NpmCommand { get; init; } = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";

    /// <summary>
    /// The folder with <c>executor.mjs</c> and its <c>node_modules</c>. Default: <c>src/Cocoon.Devnet/Executor</c> of the repository
    /// around the running program, else <c>Executor</c> beside the program.
    /// </summary>
    public string ExecutorFolder { get; init; } = FindExecutorFolder();

    /// <summary>How long one request may run, 1 second to 10 minutes. Default: 1 minute.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromMinutes(1);

    private static string FindExecutorFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "src", "Cocoon.Devnet", "Executor");
            if (File.Exists(Path.Combine(candidate, "executor.mjs"))) return candidate;
        }
        return Path.Combine(AppContext.BaseDirectory, "Executor");
    }
}
