using System.CommandLine;
using System.Text.Json.Nodes;
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
        var json = CommonOptions.Json();
        var command = new Command("up", "Starts a whole network on this machine: chain, contracts, proxy, two workers, and a gateway to ask.") { home, port, json };
        command.Run(async (parsed, cancellationToken) =>
        {
            var folder = Path.GetFullPath(parsed.GetValue(home)!);
            var network = await LocalNetwork.StartAsync(folder, parsed.GetValue(port), Tell, cancellationToken).ConfigureAwait(false);
            await using (network.ConfigureAwait(false))
            {
                if (parsed.GetValue(json))
                    CommandRun.PrintJson(Describe(network, folder));
                else
                    await ShowAsync(network, folder, cancellationToken).ConfigureAwait(false);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Tell("Stopping");
            }
            Tell($"Stopped. 'cocoon up' continues from {folder}");
            return 0;
        });
        return command;
    }

    private static void Tell(string text) => CommandRun.Progress.MarkupLineInterpolated($"[grey]·[/] {text}");

    private static object Describe(LocalNetwork network, string folder) => new
    {
        gateway = network.Settings.GatewayUrl + "/v1",
        model = LocalNetwork.Model,
        chain = network.Settings.TonCenterUrl,
        rootContract = network.Settings.RootContract,
        home = folder,
        processes = network.Processes.Select(process => new { process.Name, process.Id, process.LogFile }),
    };

    private static async Task ShowAsync(LocalNetwork network, string folder, CancellationToken cancellationToken)
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
        var client = await network.Client.TryStatusAsync(cancellationToken).ConfigureAwait(false);
        foreach (var channel in client?["channels"] as JsonArray ?? [])
            Console.Out.WriteLine($"money  the client's channel {channel!["clientContract"]} holds {channel["balance"]}");
        Console.Out.WriteLine("       ./cocoon status shows every account, wallet and piece of evidence");
        Console.Out.WriteLine($"state  {folder}   (Ctrl-C stops everything, 'cocoon up' goes on from there)");
    }
}
