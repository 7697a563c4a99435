using System.CommandLine;
using System.Text.Json;
using Cocoon.Cli.Network;
using Cocoon.Cli.Story;
using Cocoon.Node.Admin;
using Spectre.Console;

namespace Cocoon.Cli.Commands;

/// <summary><c>cocoon demo</c>: the whole story, once, in a temporary folder.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var json = CommonOptions.Json();
        var keep = new Option<bool>("--keep") { Description = "Keep the temporary folder with its logs and chain." };
        var command = new Command("demo", "Runs a whole network once: questions, answers, charges, payments and refunds on a real local chain.") { json, keep };
        command.Run(async (parsed, cancellationToken) =>
        {
            var folder = Directory.CreateTempSubdirectory("cocoon-demo-").FullName;
            var done = false;
            try
            {
                var report = await RunAsync(folder, cancellationToken).ConfigureAwait(false);
                Print(report, parsed.GetValue(json));
                done = report.Ok;
                return done ? 0 : CommandRun.Failed;
            }
            finally
            {
                if (done && !parsed.GetValue(keep))
                    Directory.Delete(folder, recursive: true);
                else
                    Tell($"The network's folder is kept: {folder}");
            }
        });
        return command;
    }

    private static async Task<DemoReport> RunAsync(string folder, CancellationToken cancellationToken)
    {
        var network = await LocalNetwork.StartAsync(folder, gatewayPort: 0, Tell, cancellationToken).ConfigureAwait(false);
        await using (network.ConfigureAwait(false))
            return await new DemoStory(network, Tell).RunAsync(cancellationToken).ConfigureAwait(false);
    }

    private static void Tell(string text) => CommandRun.Progress.MarkupLineInterpolated($"[grey]·[/] {text}");

    private static void Print(DemoReport report, bool json)
    {
        foreach (var problem in report.Problems)
            CommandRun.Progress.MarkupLineInterpolated($"[red]error:[/] {problem}");
        if (json)
        {
            CommandRun.PrintJson(report);
            return;
        }
        foreach (var answer in report.Answers)
            CommandRun.Results.MarkupLineInterpolated($"[bold]{answer.Question}[/]\n  {answer.Text} [grey]({answer.Parts} parts)[/]");
        var hops = new Table().Border(TableBorder.Rounded).AddColumn("hop").AddColumn("evidence").AddColumn("image");
        foreach (var hop in report.Hops.Distinct())
            hops.AddRow($"{hop.Verifier} → {hop.Peer}", hop.Simulated ? $"{hop.Evidence}, a simulation without hardware" : hop.Evidence, hop.ImageHash[..16] + "…");
        CommandRun.Results.Write(hops);
        CommandRun.Results.MarkupLineInterpolated(
            $"The worker that answered, key {report.Attestation.Worker[..16]}…, and its proxy made evidence for our nonce: {report.Attestation.Checks} checks of the attestation report passed, {report.Attestation.Failures.Count} failed.");
        var table = new Table().Border(TableBorder.Rounded).AddColumn("money, read from the chain").AddColumn(new TableColumn("nanoTON").RightAligned());
        using var amounts = JsonSerializer.SerializeToDocument(report.NanoTon, NodeJson.Options);
        foreach (var amount in amounts.RootElement.EnumerateObject()) table.AddRow(amount.Name, amount.Value.GetInt64().ToString("N0"));
        CommandRun.Results.Write(table);
        CommandRun.Results.MarkupLineInterpolated($"{report.Transactions} transactions, {report.Hops.Count} verified hops. {(report.Ok ? "Everything adds up." : "Something does not add up.")}");
    }
}
