using System.Text.Json.Nodes;
using Cocoon.Attestation;
using Cocoon.Attestation.Simulation;
using Cocoon.Testing;

namespace Cocoon.EndToEnd.Harness;

/// <summary>The network of <c>samples/fake-network</c>: its files as they are, but for ports and state, which are this run's own.</summary>
internal sealed class FakeNetwork : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);

    private readonly HttpClient _admin = new() { Timeout = TimeSpan.FromSeconds(60) };
    private readonly int _proxyAdmin = LocalNetworkFixture.FreePort();
    private readonly string _root = NodeModules.Find("");
    private readonly string _state = Directory.CreateTempSubdirectory("cocoon-fake-network-").FullName;
    private readonly Dictionary<string, RunningCommand> _running = [];
    private readonly Dictionary<string, string[]> _arguments = [];

    private FakeNetwork(bool evidence, bool behindRouter, string? workerImage, string? policy)
    {
        var (worker, client) = (LocalNetworkFixture.FreePort(), LocalNetworkFixture.FreePort());
        Gateway = new Uri($"http://127.0.0.1:{LocalNetworkFixture.FreePort()}");
        var registry = JsonNode.Parse(File.ReadAllText(Path.Combine(_root, Sample("registry"))))!;
        registry["registered_proxies"]![0]!["address"] = $"127.0.0.1:{worker} 127.0.0.1:{client}";
        var file = Path.Combine(_state, "registry.json");

        string[] all = [$"Network:FixedRegistry={file}"];
        string[] proxy = [$"AdminPort={_proxyAdmin}", "ProofOfWorkDifficulty=8"];
        string[] dialler = ["AdminPort=0"];
        string[] measured = [];
        if (workerImage is not null)
        {
            var (proxyImage, image) = (SimulatedImage.Measure([Program]), SimulatedImage.Measure([Program, workerImage]));
            registry["proxy_hashes"] = new JsonArray(Convert.ToBase64String(proxyImage.ImageHash.ToArray()));
            registry["worker_hashes"] = new JsonArray(Convert.ToBase64String(image.ImageHash.ToArray()));
            var references = Path.Combine(_state, "reference-values.json");
            File.WriteAllBytes(references, new ReferenceValues(("proxy", proxyImage), ("worker", image)).ToJson());
            all = [.. all, "Evidence=simulated_tdx", "PeerPolicy=simulated_tdx"];
            proxy = [.. proxy, "ClientPolicy=simulated_tdx", $"SimulatedImage:0={Program}", $"ReferenceValues={references}"];
            measured = [$"SimulatedImage:0={Program}", $"SimulatedImage:1={workerImage}"];
        }
        File.WriteAllText(file, registry.ToJsonString());
        if (policy is not null)
        {
            File.WriteAllText(PolicyFile, policy);
            all = [.. all, $"PeerPolicy={PolicyFile}"];
        }
        if (!evidence)
        {
            all = [.. all, "Evidence=none", "PeerPolicy=any"];
            proxy = [.. proxy, "ClientPolicy=any", "CheckWorkerHashes=false"];
            dialler = [.. dialler, "CheckProxyHashes=false"];
        }
        if (behindRouter)
        {
            var (socks, localWorker, localClient) = (LocalNetworkFixture.FreePort(), LocalNetworkFixture.FreePort(), LocalNetworkFixture.FreePort());
            Add("router", "router", [
                $"Ports:0:Port={socks}",
                $"Ports:1:Port={worker}", $"Ports:1:Destination=127.0.0.1:{localWorker}", "Ports:1:ProofOfWorkDifficulty=8",
                $"Ports:2:Port={client}", $"Ports:2:Destination=127.0.0.1:{localClient}", "Ports:2:ProofOfWorkDifficulty=8",
            ]);
            dialler = [.. dialler, $"Router=127.0.0.1:{socks}"];
            (worker, client) = (localWorker, localClient);
        }
        var kind = behindRouter ? "-behind-router" : "";
        AddRole("proxy", [.. proxy, $"WorkerPort={worker}", $"ClientPort={client}"]);
        AddRole("worker", [.. dialler, .. measured]);
        AddRole("client", [.. dialler, $"GatewayPort={Gateway.Port}"]);

        void AddRole(string role, string[] settings) => Add(role, role + kind, [.. all, .. settings, $"StateFolder={Path.Combine(_state, role)}"]);

        void Add(string command, string sample, IEnumerable<string> settings) =>
            _arguments[command] = [command, "--config", Sample(sample), .. settings.SelectMany(setting => new[] { "--set", setting })];
    }

    /// <summary>The client's gateway.</summary>
    public Uri Gateway { get; }

    /// <summary>The program that every role runs.</summary>
    private static string Program => Path.Combine(AppContext.BaseDirectory, "cocoon.dll");

    /// <summary>The file with the policy that the roles were started with, if they were.</summary>
    public string PolicyFile => Path.Combine(_state, "policy.json");

    /// <summary>Starts everything and waits until the roles have found each other.</summary>
    /// <param name="evidence">Whether they show simulated evidence and demand it; otherwise the policy is <c>any</c>.</param>
    /// <param name="behindRouter">Whether a router does proof of work and TLS for all of them.</param>
    /// <param name="workerImage">
    /// A file that is measured for a worker's image besides the program. The roles then show quotes of the simulated platform, and the registry and the
    /// reference values know the file as it is now. Null for evidence without measurements.
    /// </param>
    /// <param name="policy">The content of a policy file that every role holds its peers to; null for the sample's own policies.</param>
    public static async Task<FakeNetwork> StartAsync(bool evidence = true, bool behindRouter = false, string? workerImage = null, string? policy = null)
    {
        var network = new FakeNetwork(evidence, behindRouter, workerImage, policy);
        foreach (var command in network._arguments.Keys) network.Start(command);
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

    public void Start(string command) => _running[command] = RunningCommand.StartIn(_root, _arguments[command]);

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
    public Task UntilReadyAsync() => UntilConnectedAsync("the proxy has the client and the worker", clients: 1, workers: 1);

    /// <summary>Waits until the proxy has noticed that it lost both.</summary>
    public Task UntilApartAsync() => UntilConnectedAsync("the proxy has neither client nor worker", clients: 0, workers: 0);

    /// <summary>Waits until a role has written this since its last start.</summary>
    public Task UntilLoggedAsync(string role, string text) =>
        Eventually.HoldsAsync($"the {role} says '{text}'", () => Log(role).Contains(text, StringComparison.Ordinal) ? null : Log(role), StartLimit);

    /// <summary>What the proxy says of itself.</summary>
    public Task<JsonObject?> ProxyStatusAsync() => AdminSurface.TryStatusAsync(_admin, Path.Combine(_state, "proxy"), _proxyAdmin);

    /// <summary>What a role wrote since its last start.</summary>
    public string Log(string role) => _running[role].Error;

    public async ValueTask DisposeAsync()
    {
        foreach (var command in _running.Values) await command.DisposeAsync();
        _admin.Dispose();
        Directory.Delete(_state, recursive: true);
    }

    private Task UntilConnectedAsync(string what, int clients, int workers) => Eventually.HoldsAsync(
        what,
        async () =>
        {
            var status = await ProxyStatusAsync();
            return status?["clients"]!.AsArray().Count == clients && status["workers"]!.AsArray().Count(worker => worker!["enabled"]!.GetValue<bool>()) == workers
                ? null
                : status?.ToJsonString() + string.Concat(_running.Select(command => $"\n{command.Key}: {command.Value.Error}"));
        },
        StartLimit);

    private static string Sample(string name) => Path.Combine("samples", "fake-network", name + ".json");
}
