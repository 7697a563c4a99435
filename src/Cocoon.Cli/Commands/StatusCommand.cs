using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Cli.Network;
using Cocoon.Node.Admin;
using Spectre.Console;

namespace Cocoon.Cli.Commands;

/// <summary><c>cocoon status</c>: what the local network's nodes say of themselves.</summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        var home = CommonOptions.Home();
        var json = CommonOptions.Json();
        var command = new Command("status", "Shows what runs, who is connected with which evidence, and where the money is.") { home, json };
        command.Run(async (parsed, cancellationToken) =>
        {
            var folder = parsed.GetValue(home)!;
            var network = LocalNetwork.Find(folder, _ => { })
                ?? throw new InvalidOperationException($"There is no network in {folder}. Start one with 'cocoon up', or name its folder with --home.");
            await using (network.ConfigureAwait(false))
            {
                var statuses = new JsonObject();
                foreach (var node in network.Workers.Prepend(network.Proxy).Append(network.Client))
                    statuses[node.Name] = await node.TryStatusAsync(cancellationToken).ConfigureAwait(false);
                var channels = await ChannelMoney.ReadAsync(network.Chain, statuses["proxy"], cancellationToken).ConfigureAwait(false);
                var ready = statuses.All(status => status.Value?["ready"]?.GetValue<bool>() == true);
                if (parsed.GetValue(json))
                {
                    statuses["channels"] = JsonSerializer.SerializeToNode(channels, NodeJson.Options);
                    CommandRun.PrintJson(statuses);
                }
                else
                {
                    Show(statuses, channels);
                }
                return ready ? 0 : CommandRun.Failed;
            }
        });
        return command;
    }

    private static void Show(JsonObject statuses, IReadOnlyList<ChannelMoney> channels)
    {
        var nodes = new Table().Border(TableBorder.Rounded).AddColumn("node").AddColumn("state").AddColumn(new TableColumn("wallet, TON").RightAligned()).AddColumn("peers, with what they attested");
        foreach (var (name, status) in statuses)
        {
            var state = status is null ? "[red]does not answer[/]" : status["ready"]!.GetValue<bool>() ? "[green]ready[/]" : "[yellow]not ready[/]";
            nodes.AddRow(new Markup(name), new Markup(state), new Markup(Ton(status?["wallet"]?["balanceNanoTon"])), new Markup(Markup.Escape(Peers(status))));
        }
        CommandRun.Results.Write(nodes);
        ShowPolicies(statuses);
        if (statuses["proxy"]?["accounts"] is not JsonArray { Count: > 0 } accounts)
            return;
        var money = new Table().Border(TableBorder.Rounded).AddColumn("account at the proxy").AddColumn("owner")
            .AddColumn(new TableColumn("tokens").RightAligned()).AddColumn(new TableColumn("signed for").RightAligned()).AddColumn(new TableColumn("on chain").RightAligned()).AddColumn(new TableColumn("TON on chain").RightAligned());
        foreach (var account in accounts)
        {
            var channel = channels.FirstOrDefault(channel => channel.Contract == account!["contract"]!.GetValue<string>());
            var amount = channel is null ? "" : $"{Ton(channel.NanoTon)} {(channel.Side == "client" ? "left" : "paid")}";
            money.AddRow($"{account!["side"]}", Short($"{account["owner"]}"), $"{account["tokensMax"]}", $"{account["tokensCommitted"]}", $"{channel?.TokensOnChain}", amount);
        }
        CommandRun.Results.Write(money);
        if (statuses["proxy"]?["contract"]?["shareNanoTon"] is { } share)
            Console.Out.WriteLine($"The proxy's share in its contract: {Ton(share)} TON.");
    }

    private static void ShowPolicies(JsonObject statuses)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("node").AddColumn("setting").AddColumn("policy").AddColumn("accepts").AddColumn("relaxed: accepted though a strict policy refuses it");
        foreach (var (name, status) in statuses)
        {
            foreach (var policy in status?["policies"] as JsonArray ?? [])
            {
                var relaxations = string.Join('\n', (policy!["relaxations"] as JsonArray ?? []).Select(relaxation => $"{relaxation}"));
                string[] cells = [name, $"{policy["setting"]}", $"{policy["policy"]}", $"{policy["accepts"]}", relaxations];
                table.AddRow(cells.Select((cell, index) => new Markup(index == 4 ? $"[yellow]{Markup.Escape(cell)}[/]" : Markup.Escape(cell))));
            }
        }
        if (table.Rows.Count > 0) CommandRun.Results.Write(table);
    }

    private static string Short(string address) => address.Length > 16 ? $"{address[..8]}…{address[^6..]}" : address;

    private static string Peers(JsonNode? status)
    {
        var peers = new[] { "proxies", "workers", "clients" }
            .SelectMany(kind => (status?[kind] as JsonArray ?? []).Select(peer => $"{kind[..^1].Replace("proxie", "proxy", StringComparison.Ordinal)} ({peer!["evidence"]}{Gpus(peer)})"))
            .GroupBy(text => text).Select(group => group.Count() == 1 ? group.Key : $"{group.Count()} × {group.Key}");
        return string.Join(", ", peers);
    }

    private static string Gpus(JsonNode peer) => string.Concat((peer["gpus"] as JsonArray ?? [])
        .GroupBy(gpu => $"{gpu!["model"]}, driver {gpu["driver"]}, VBIOS {gpu["vbios"]}").Select(group => $", {group.Count()} × {group.Key}"));

    private static string Ton(JsonNode? nanoTon) => nanoTon is null ? "" : Ton(nanoTon.GetValue<string>());

    private static string Ton(string nanoTon) => decimal.TryParse(nanoTon, out var amount) ? (amount / 1_000_000_000m).ToString("0.0000##") : "";
}
