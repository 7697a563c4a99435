using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Cocoon.EndToEnd.Harness;

/// <summary>A whole network that <c>cocoon up</c> runs, shared by the stories that ask it.</summary>
public sealed class LocalNetworkFixture : IAsyncLifetime
{
    public const string Model = "cocoon-demo";

    // Systems take those that nobody asks for by number from above 32767.
    private static int _lastPort = 20_000 + (Environment.ProcessId % 1000 * 10);

    private static readonly string[] Roles = ["proxy", "client", "worker-1", "worker-2"];
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan RecoveryLimit = TimeSpan.FromSeconds(120);

    private readonly HttpClient _admin = new() { Timeout = TimeSpan.FromSeconds(60) };
    private RunningCommand? _up;

    /// <summary>The folder with the network's whole state.</summary>
    public string Home { get; } = Directory.CreateTempSubdirectory("cocoon-end-to-end-").FullName;

    /// <summary>The OpenAI-compatible gateway.</summary>
    public Uri Gateway { get; } = new($"http://127.0.0.1:{FreePort()}");

    /// <summary>The chain's toncenter-compatible API.</summary>
    public Uri TonCenter => new($"http://127.0.0.1:{Settings()["devnetPort"]}/api/v2/");

    /// <summary>The process id of <c>cocoon up</c>.</summary>
    public int Supervisor => _up!.Id;

    /// <summary>
    /// A port of 127.0.0.1 that nobody listens on: another one each time, and none that the system would give to somebody else before it is used.
    /// </summary>
    public static int FreePort()
    {
        while (true)
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, Interlocked.Increment(ref _lastPort));
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // The next one, then.
            }
        }
    }

    /// <inheritdoc/>
    public Task InitializeAsync() => StartAsync();

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        try
        {
            await StopAsync();
        }
        finally
        {
            _admin.Dispose();
            Directory.Delete(Home, recursive: true);
        }
    }

    /// <summary>Starts the network and waits until it says where everything is.</summary>
    public async Task StartAsync()
    {
        _up = RunningCommand.Start("up", "--home", Home, "--gateway-port", Gateway.Port.ToString());
        try
        {
            await _up.LineAsync(line => line.StartsWith("state ", StringComparison.Ordinal), StartLimit);
        }
        catch
        {
            await _up.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the network as Ctrl-C in a terminal does, and makes sure that nothing of it still runs.</summary>
    public async Task StopAsync()
    {
        await using var up = _up!;
        var told = up.Error.Length;
        Signal.Interrupt.Send(-up.Id);
        var result = await up.EndAsync(StopLimit);
        await up.Processes.AllGoneAsync();
        result.Status.ShouldBe(0, result.Error);
        result.Error[told..].ShouldNotContain("starting it again");
    }

    /// <summary>Kills <c>cocoon up</c> itself, which can no longer end anything, and makes sure that nothing of it still runs.</summary>
    public async Task CrashAsync()
    {
        await using var up = _up!;
        Signal.Kill.Send(up.Id);
        await up.Processes.AllGoneAsync();
    }

    /// <summary>The process that runs a role now, 0 while there is none.</summary>
    public int ProcessOf(string role) => _up!.Processes.Find($"--config {Path.Combine(Home, role + ".json")}");

    /// <summary>A role's configuration, as the network wrote it.</summary>
    public JsonObject ConfigurationOf(string role) => ReadJson(role + ".json");

    /// <summary>What a role says of itself on its admin surface; null when it does not answer.</summary>
    public async Task<JsonObject?> TryStatusAsync(string role) =>
        await TryStatusAsync(Path.Combine(Home, role), ConfigurationOf(role)["adminPort"]!.GetValue<int>());

    /// <summary>What a node says of itself; null when it does not answer.</summary>
    public Task<JsonObject?> TryStatusAsync(string stateFolder, int adminPort) => AdminSurface.TryStatusAsync(_admin, stateFolder, adminPort);

    /// <summary>What <c>cocoon status --json</c> prints.</summary>
    public async Task<JsonObject> StatusAsync() => (await CocoonCommand.RunAsync("status", "--json", "--home", Home)).Json();

    /// <summary>Waits until every role is ready and both workers are taken on.</summary>
    public Task UntilReadyAsync() => Eventually.HoldsAsync(
        "every role is ready",
        async () =>
        {
            foreach (var role in Roles)
            {
                var status = await TryStatusAsync(role);
                if (status?["ready"]?.GetValue<bool>() != true)
                    return $"{role}: {status?.ToJsonString() ?? "no answer"}";
                if (role == "proxy" && status["workers"]!.AsArray().Count(worker => worker!["enabled"]!.GetValue<bool>()) != 2)
                    return $"the proxy's workers are {status["workers"]!.ToJsonString()}";
            }
            return null;
        },
        RecoveryLimit);

    /// <summary>Has the devnet give TON to an address.</summary>
    public async Task FundAsync(string address, decimal ton)
    {
        using var response = await _admin.PostAsJsonAsync(
            new Uri(TonCenter, "/faucet"), new { address, amount = ((long)(ton * 1_000_000_000)).ToString() });
        response.StatusCode.ShouldBe(HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
    }

    /// <summary>The network's settings.</summary>
    public JsonObject Settings() => ReadJson("network.json");

    private JsonObject ReadJson(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Home, name)))!.AsObject();
}
