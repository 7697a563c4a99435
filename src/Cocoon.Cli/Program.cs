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
    WalletCommand.Create(),
};
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(20) });
