using System.CommandLine;
using Cocoon.Cli.Commands;

var root = new RootCommand("Cocoon: a decentralised market for private AI. Start with 'cocoon up'.")
{
    UpCommand.Create(),
    DemoCommand.Create(),
    ChatCommand.Create(),
    StatusCommand.Create(),
    DevnetCommand.Create(),
    RoleCommands.CreateProxy(),
    RoleCommands.CreateWorker(),
    RoleCommands.CreateClient(),
    RoleCommands.CreateRouter(),
    WalletCommand.Create(),
    AttestCommand.Create(),
};
var parsed = root.Parse(args);
// A supervised process leaves the terminal's Ctrl-C to its supervisor, which stops all of them in good order.
TimeSpan? termination = InputEnd.IsWatched(parsed) ? null : TimeSpan.FromSeconds(20);
var status = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = termination });
return parsed.Errors.Count > 0 ? CommandRun.Misused : status;
