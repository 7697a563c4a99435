using System.Net;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Cocoon.Node.Admin;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.EndToEnd.Harness;

/// <summary>
/// A third worker of a network, in a process of its own, whose engine is a server inside the story. It is cheaper than the others, so that an
/// idle proxy prefers it.
/// </summary>
internal sealed class ControlledWorker : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly WebApplication _backend;
    private readonly Channel<BackendRequest> _requests = Channel.CreateUnbounded<BackendRequest>();
    private RunningCommand? _command;

    private ControlledWorker()
    {
        _backend = LoopbackWeb.Create(IPAddress.Loopback, 0, NullLoggerFactory.Instance, maxRequestBytes: 1 << 20);
        _backend.MapGet("/v1/models", () => Results.Json(new { @object = "list", data = Array.Empty<object>() }));
        _backend.MapPost(GatewayCaller.Chat, async (HttpContext context) =>
        {
            var request = new BackendRequest(context);
            await _requests.Writer.WriteAsync(request);
            await request.Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
    }

    /// <summary>What the network's price is multiplied by for its tokens, in thousandths.</summary>
    public const int Coefficient = 500;

    public static async Task<ControlledWorker> StartAsync(LocalNetworkFixture network)
    {
        var worker = new ControlledWorker();
        try
        {
            await worker.JoinAsync(network);
            return worker;
        }
        catch
        {
            await worker.DisposeAsync();
            throw;
        }
    }

    /// <summary>The next request the worker passes to its engine.</summary>
    public async Task<BackendRequest> NextAsync()
    {
        using var timer = new CancellationTokenSource(Limit);
        return await _requests.Reader.ReadAsync(timer.Token);
    }

    /// <summary>Ends the process at once, in the middle of whatever it does.</summary>
    public void Kill() => Signal.Kill.Send(_command!.Id);

    public async ValueTask DisposeAsync()
    {
        if (_command is not null)
            await _command.DisposeAsync();
        await LoopbackWeb.StopAsync(_backend);
    }

    private async Task JoinAsync(LocalNetworkFixture network)
    {
        var url = await LoopbackWeb.StartAsync(_backend, 0, CancellationToken.None);
        var folder = Directory.CreateDirectory(Path.Combine(network.Home, $"controlled-{Guid.NewGuid():N}")).FullName;
        var adminPort = LocalNetworkFixture.FreePort();
        var configuration = network.ConfigurationOf("worker-1");
        configuration["stateFolder"] = folder;
        configuration["adminPort"] = adminPort;
        configuration["coefficient"] = Coefficient;
        configuration["engine"] = new JsonObject { ["kind"] = "openai", ["url"] = url.ToString() };
        var file = Path.Combine(folder, "worker.json");
        await File.WriteAllTextAsync(file, configuration.ToJsonString());
        _command = RunningCommand.Start("worker", "--config", file);
        await Eventually.HoldsAsync(
            "the controlled worker is ready",
            async () => (await network.TryStatusAsync(folder, adminPort))?["ready"]?.GetValue<bool>() == true ? null : _command.Error,
            Limit);
        // The worker knows a little before the proxy gives it requests, and the proxy may still know one of an earlier story.
        await Eventually.HoldsAsync(
            "the proxy has taken on the controlled worker and no other",
            async () => (await network.TryStatusAsync("proxy"))?["workers"]!.AsArray().Where(known => known!["coefficient"]!.GetValue<int>() == Coefficient).ToArray()
                is [var known] && known!["enabled"]!.GetValue<bool>() ? null : "it has not",
            Limit);
    }
}
