namespace Cocoon.EndToEnd.Harness;

/// <summary>The <c>cocoon</c> command.</summary>
internal static class CocoonCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    /// <summary>Runs a command to its end.</summary>
    public static async Task<CommandResult> RunAsync(params string[] arguments)
    {
        await using var command = RunningCommand.Start(arguments);
        return await command.EndAsync(Limit);
    }
}
