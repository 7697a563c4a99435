using System.Text.Json.Nodes;
using Cocoon.Testing;

namespace Cocoon.EndToEnd.Harness;

/// <summary>The network of <c>samples/fake-network</c>: its files as they are, but for ports and state, which are this run's own.</summary>
internal sealed class FakeNetwork : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    private readonly HttpClient _admin = new() { Timeout = TimeSpan.FromSeconds(10) };
    private readonly int _proxyAdmin = LocalNetworkFixture.FreePort();
    private readonly string _root = NodeModules.Find("");
    private readonly string _state = Directory.CreateTempSubdirectory("cocoon-fake-network-").FullName;
    private readonly Dictionary<string, RunningCommand> _running = [];
    private readonly Dictionary<string, string[]> _settings;

    private FakeNetwork(string[] settings, string[] proxySettings, string[] diallerSettings)
    {
        var (worker, client) = (LocalNetworkFixture.FreePort(), LocalNetworkFixture.FreePort());
        Gateway = new Uri($"http://127.0.0.1:{LocalNetworkFixture.FreePort()}");
        var registry = JsonNode.Parse(File.ReadAllText(Path.Combine(_root, Sample("registry"))))!;
        registry["registered_proxies"]![0]!["address"] = $"127.0.0.1:{worker} 127.0.0.1:{client}";
        var file = Path.Combine(_state, "registry.json");
        File.WriteAllText(file, registry.ToJsonString());
        string[] all = [$"Network:FixedRegistry={file}", .. settings];
        diallerSettings = ["AdminPort=0", .. diallerSettings];
        _settings = new()
        {
            ["proxy"] = [.. all, $"WorkerPort={worker}", $"ClientPort={client}", $"AdminPort={_proxyAdmin}", "ProofOfWorkDifficulty=8", .. proxySettings],
            ["worker"] = [.. all, .. diallerSettings],
            ["client"] = [.. all, $"GatewayPort={Gateway.Port}", .. diallerSettings],
        };
        foreach (var role in _settings.Keys) _settings[role] = [.. _settings[role], $"StateFolder={Path.Combine(_state, role)}"];
    }

    /// <summary>The client's gateway.</summary>
    public Uri Gateway { get; }

    /// <summary>Starts the three roles and waits until they have found each other.</summary>
    /// <param name="settings">What every role is told beside its file, <c>Name=value</c>.</param>
    /// <param name="proxySettings">What the proxy alone is told.</param>
    /// <param name="diallerSettings">What the worker and the client are told.</param>
    public static async Task<FakeNetwork> StartAsync(string[] settings, string[] proxySettings, string[] diallerSettings)
    {
        var network = new FakeNetwork(settings, proxySettings, diallerSettings);
        foreach (var role in network._settings.Keys) network.Start(role);
        try
        {
            await network.UntilReadyAsync();
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    public void Start(string role) => _running[role] = RunningCommand.StartIn(
        _root, [role, "--config", Sample(role), .. _settings[role].SelectMany(setting => new[] { "--set", setting })]);

    /// <summary>Ends a role as Ctrl-C does.</summary>
    public async Task StopAsync(string role)
    {
        _running.Remove(role, out var command);
        await using (command!)
        {
            Signal.Interrupt.Send(command!.Id);
            (await command.EndAsync(StopLimit)).Status.ShouldBe(0, command.Error);
        }
    }

    /// <summary>Ends a role with no chance to say or write anything.</summary>
    public async Task KillAsync(string role)
    {
        _running.Remove(role, out var command);
        await command!.DisposeAsync();
    }

    /// <summary>Waits until the proxy has the client and the worker.</summary>
    public Task UntilReadyAsync() => Eventually.HoldsAsync(
        "the proxy has the client and the worker",
        async () =>
        {
            var status = await AdminSurface.TryStatusAsync(_admin, Path.Combine(_state, "proxy"), _proxyAdmin);
            return status is not null && status["clients"]!.AsArray().Count == 1 && status["workers"]!.AsArray().Any(worker => worker!["enabled"]!.GetValue<bool>())
                ? null
                : status?.ToJsonString() + string.Concat(_running.Select(role => $"\n{role.Key}: {role.Value.Error}"));
        },
        StartLimit);

    /// <summary>What a role wrote since its last start.</summary>
    public string Log(string role) => _running[role].Error;

    public async ValueTask DisposeAsync()
    {
        foreach (var command in _running.Values) await command.DisposeAsync();
        _admin.Dispose();
        Directory.Delete(_state, recursive: true);
    }

    private static string Sample(string name) => Path.Combine("samples", "fake-network", name + ".json");
}
