using System.CommandLine;

namespace Cocoon.Cli.Commands;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    public const string UntilInputEndsName = "--until-input-ends";

    public static Option<bool> Json() => new("--json") { Description = "Print one JSON object instead of text for people." };

    public static Option<string> Home() => new("--home")
    {
        Description = "Folder of the local network's state. Default: $COCOON_HOME, else ~/.cocoon.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("COCOON_HOME")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cocoon"),
    };

    public static Option<string?> Config() => new("--config", "-c") { Description = "JSON configuration file." };

    public static Option<string[]> Set() => new("--set")
    {
        Description = "Overrides one setting, for example --set AdminPort=11000 or --set Network:Test=true. May be repeated.",
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    /// <summary>Given by a supervisor: its end of standard input closes when it is gone, however it went.</summary>
    public static Option<bool> UntilInputEnds() => new(UntilInputEndsName) { Description = "Stop when standard input is closed.", Hidden = true };

    public static IEnumerable<KeyValuePair<string, string?>> ParseOverrides(IEnumerable<string> overrides) => overrides.Select(text =>
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return at > 0 ? KeyValuePair.Create(text[..at], (string?)text[(at + 1)..]) : throw new FormatException($"--set wants Name=value, found '{text}'.");
    });
}
