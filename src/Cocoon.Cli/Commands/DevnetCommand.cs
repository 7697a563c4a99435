using System.CommandLine;
using Cocoon.Devnet;

namespace Cocoon.Cli.Commands;

/// <summary><c>cocoon devnet</c>: a local TON chain.</summary>
internal static class DevnetCommand
{
    public static Command Create()
    {
        var folder = new Option<string>("--folder") { Description = "Folder that keeps the chain.", DefaultValueFactory = _ => "devnet" };
        var port = new Option<int>("--port") { Description = "Loopback TCP port of the toncenter-compatible API; 0 takes a free one.", DefaultValueFactory = _ => 8081 };
        var block = new Option<int>("--block-milliseconds") { Description = "Time between blocks, in milliseconds.", DefaultValueFactory = _ => 500 };
        var untilInputEnds = CommonOptions.UntilInputEnds();
        var command = new Command("devnet", "Runs a local TON chain: real transactions on the official emulator, with a faucet.") { folder, port, block, untilInputEnds };
        command.Run(async (parsed, cancellationToken) =>
        {
            using var loggers = ConsoleLogging.Create();
            using var stop = InputEnd.Link(parsed.GetValue(untilInputEnds), cancellationToken);
            var options = new DevnetServerOptions
            {
                Folder = parsed.GetValue(folder)!,
                Port = parsed.GetValue(port),
                BlockInterval = TimeSpan.FromMilliseconds(parsed.GetValue(block)),
            };
            var server = await DevnetServer.StartAsync(options, TimeProvider.System, loggers, stop.Token).ConfigureAwait(false);
            await using (server.ConfigureAwait(false))
            {
                Console.Error.WriteLine($"devnet: toncenter API at {server.BaseAddress}api/v2/, faucet at {server.BaseAddress}faucet");
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            return 0;
        });
        return command;
    }
}
