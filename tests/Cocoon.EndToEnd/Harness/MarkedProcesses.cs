using System.Globalization;

namespace Cocoon.EndToEnd.Harness;

/// <summary>
/// The processes that descend from one command, however far: each inherits a mark in its environment, which Linux shows under <c>/proc</c>.
/// </summary>
internal sealed class MarkedProcesses
{
    public const string Variable = "END_TO_END_MARK";

    /// <summary>The value that marks them.</summary>
    public string Mark { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Those that run now, with their command lines.</summary>
    public IReadOnlyDictionary<int, string> Running()
    {
        var found = new Dictionary<int, string>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && Read(folder + "/environ").Contains($"{Variable}={Mark}", StringComparison.Ordinal)
                && Read(folder + "/cmdline") is { Length: > 0 } command)
                found[id] = command.Replace('\0', ' ').Trim();
        }
        return found;
    }

    /// <summary>The one whose command line holds a text, or 0.</summary>
    public int Find(string text) =>
        Running().Where(process => process.Value.Contains(text, StringComparison.Ordinal)).Select(process => process.Key).SingleOrDefault();

    /// <summary>Waits until none is left.</summary>
    public Task AllGoneAsync() =>
        Eventually.HoldsAsync("no process is left", () => Running() is { Count: > 0 } left ? string.Join("; ", left) : null, TimeSpan.FromSeconds(60));

    /// <summary>Ends what a failed story left behind.</summary>
    public void KillAll()
    {
        foreach (var id in Running().Keys)
        {
            try
            {
                Signal.Kill.Send(id);
            }
            catch (InvalidOperationException)
            {
                // It ended by itself meanwhile.
            }
        }
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
