using System.CommandLine;
using Cocoon.Cli.Network;
using Spectre.Console;

namespace Cocoon.Cli.Commands;

/// <summary><c>cocoon up</c>: a whole network on this machine until Ctrl-C.</summary>
internal static class UpCommand
{
    public static Command Create()
    {
        var home = CommonOptions.Home();
        var port = new Option<int>("--gateway-port") { Description = "Loopback port of the OpenAI-compatible gateway; counts when the network is made.", DefaultValueFactory = _ => 10000 };
        var command = new Command("up", "Starts a whole network on this machine: chain, contracts, proxy, two workers, and a gateway to ask.") { home, port };
        command.Run(async (parsed, cancellationToken) =>
        {
            var folder = parsed.GetValue(home)!;
            var network = await LocalNetwork.StartAsync(folder, parsed.GetValue(port), Tell, cancellationToken).ConfigureAwait(false);
            await using (network.ConfigureAwait(false))
            {
                Show(network, folder);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Tell("Stopping");
            }
            Tell($"Stopped. 'cocoon up' continues from {folder}");
            return 0;
        });
        return command;
    }

    private static void Tell(string text) => CommandRun.Progress.MarkupLineInterpolated($"[grey]·[/] {text}");

    private static void Show(LocalNetwork network, string folder)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("what").AddColumn("where").AddColumn("process").AddColumn("log");
        var places = new Dictionary<string, string>
        {
            ["devnet"] = network.Settings.TonCenterUrl,
            ["proxy"] = $"127.0.0.1:{network.Settings.WorkerPort} (workers), :{network.Settings.ClientPort} (clients)",
            ["client"] = network.Settings.GatewayUrl + "/v1",
        };
        foreach (var process in network.Processes)
            table.AddRow(process.Name, places.GetValueOrDefault(process.Name, LocalNetwork.Model), process.Id.ToString(), Path.GetFileName(process.LogFile));
        CommandRun.Results.Write(table);
        var body = $$"""{"model":"{{LocalNetwork.Model}}","stream":true,"messages":[{"role":"user","content":"What is Cocoon?"}]}""";
        Console.Out.WriteLine($"ask    curl -N {network.Settings.GatewayUrl}/v1/chat/completions -d '{body}'");
        Console.Out.WriteLine("chat   ./cocoon chat");
        Console.Out.WriteLine("money  ./cocoon status");
        Console.Out.WriteLine($"state  {folder}   (Ctrl-C stops everything, 'cocoon up' goes on from there)");
    }
}
