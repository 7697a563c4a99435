using System.Net.Http.Json;
using System.Text.Json;
using Cocoon.Attestation;
using Cocoon.Contracts.Codes;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Messages;
using Cocoon.Contracts.Registry;
using Cocoon.Contracts.Wallet;
using Cocoon.Cli.Commands;
using Cocoon.Cryptography;
using Cocoon.Node.Admin;
using Cocoon.Node.Configuration;
using Cocoon.Ton;
using Cocoon.Ton.Chain;
using Cocoon.Ton.Messages;
using Cocoon.Ton.TonCenter;
using Cocoon.Ton.Wallets;

namespace Cocoon.Cli.Network;

/// <summary>
/// A whole network on this machine, in processes of its own: a devnet, the registry, funded wallets, a proxy, two workers with the demo model, and a
/// client's gateway. Its folder holds everything, so it goes on where it stopped.
/// </summary>
internal sealed class LocalNetwork : IAsyncDisposable
{
    public const int WorkerCount = 2;
    public const string Model = "cocoon-demo";

    // Low enough that each answer is soon seen on chain; real nodes wait until it is worth the fees.
    private const decimal SettleThresholdTon = 0.0005m;
    private const string SettingsFile = "network.json";
    private const string ReferencesFile = "reference-values.json";
    private static readonly Coins Funding = Coins.FromTon(100);
    private static readonly Coins FundingFloor = Coins.FromTon(20);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    private readonly string _folder;
    // Closing a channel takes as long as the chain does.
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(5) };
    private readonly List<ChildProcess> _processes = [];
    private readonly Action<string> _tell;
    private LocalNetworkSettings _settings;
    private LocalImages? _images;

    private LocalNetwork(string folder, LocalNetworkSettings settings, Action<string> tell)
    {
        _folder = folder;
        _settings = settings;
        _tell = tell;
        Chain = new TonCenterClient(_http, new TonCenterOptions { BaseAddress = new Uri(settings.TonCenterUrl) }, TimeProvider.System);
    }

    /// <summary>The network's settings.</summary>
    public LocalNetworkSettings Settings => _settings;

    /// <summary>The devnet.</summary>
    public ITonChain Chain { get; }

    /// <summary>The processes that run, in the order they were started.</summary>
    public IReadOnlyList<ChildProcess> Processes => _processes;

    /// <summary>The proxy's admin surface.</summary>
    public AdminClient Proxy => Admin("proxy", 0);

    /// <summary>The client's admin surface.</summary>
    public AdminClient Client => Admin("client", 1);

    /// <summary>The workers' admin surfaces.</summary>
    public IReadOnlyList<AdminClient> Workers => [.. Enumerable.Range(1, WorkerCount).Select(number => Admin($"worker-{number}", number + 1))];

    /// <summary>The network of a folder, as it was last configured; null when there is none.</summary>
    public static LocalNetwork? Find(string folder, Action<string> tell) => Load(folder) is { } settings ? new LocalNetwork(folder, settings, tell) : null;

    /// <summary>Starts the network of a folder, making it if there is none.</summary>
    /// <param name="folder">Holds its state.</param>
    /// <param name="gatewayPort">The gateway's port; 0 for any free one.</param>
    /// <param name="tell">Hears of each step.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<LocalNetwork> StartAsync(string folder, int gatewayPort, Action<string> tell, CancellationToken cancellationToken)
    {
        var full = new StateFolder(folder).Path;
        var network = new LocalNetwork(full, Load(full) ?? NewSettings(gatewayPort), tell);
        try
        {
            await network.StartAsync(cancellationToken).ConfigureAwait(false);
            return network;
        }
        catch
        {
            await network.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Those that use others go first; the chain goes last.
        foreach (var process in Enumerable.Reverse(_processes))
            await process.DisposeAsync().AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _http.Dispose();
    }

    private LocalImages Images => _images ??= LocalImages.Measure();

    private static LocalNetworkSettings NewSettings(int gatewayPort)
    {
        var ports = FreePorts.Take(5 + WorkerCount + 1);
        return new LocalNetworkSettings
        {
            DevnetPort = ports[0],
            WorkerPort = ports[1],
            ClientPort = ports[2],
            GatewayPort = gatewayPort == 0 ? ports[3] : gatewayPort,
            AdminPorts = ports[4..],
        };
    }

    private static LocalNetworkSettings? Load(string folder)
    {
        var file = Path.Combine(folder, SettingsFile);
        return File.Exists(file) ? JsonSerializer.Deserialize<LocalNetworkSettings>(File.ReadAllText(file), NodeJson.Options) : null;
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var port in new[] { _settings.DevnetPort, _settings.WorkerPort, _settings.ClientPort, _settings.GatewayPort }.Concat(_settings.AdminPorts))
        {
            if (!FreePorts.IsFree(port))
                throw new IOException($"Port {port} on 127.0.0.1 is in use; this network wants it. Is the network of {_folder} running already? Otherwise stop what uses it, or give another --home.");
        }
        await StartDevnetAsync(cancellationToken).ConfigureAwait(false);
        await DeployRegistryAsync(cancellationToken).ConfigureAwait(false);
        string[] roles = ["proxy", .. Workers.Select(worker => worker.Name), "client"];
        _tell("Funding wallets");
        foreach (var role in roles)
            await FundAsync(WalletOf(role), cancellationToken).ConfigureAwait(false);
        WriteConfigurations();

        await StartRoleAsync("proxy", Proxy, "Starting the proxy: deploying its contract", cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(
            Workers.Select(worker => StartRoleAsync(worker.Name, worker, $"Starting {worker.Name}", cancellationToken))
                .Append(StartRoleAsync("client", Client, "Starting the client: opening its payment channel", cancellationToken))).ConfigureAwait(false);
    }

    private async Task StartDevnetAsync(CancellationToken cancellationToken)
    {
        _tell("Starting the devnet");
        Launch("devnet", "devnet", "--folder", Path.Combine(_folder, "devnet"), "--port", _settings.DevnetPort.ToString());
        await UntilAsync("the devnet", async () =>
        {
            try
            {
                await Chain.GetMasterchainInfoAsync(cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (Exception exception) when (exception is TonChainException or HttpRequestException)
            {
                return false;
            }
        }, cancellationToken).ConfigureAwait(false);
    }

    private async Task DeployRegistryAsync(CancellationToken cancellationToken)
    {
        using var key = Owner("operator").ToPrivateKey();
        var wallet = new WalletV5R1(key);
        // The chain may have been begun anew since; the same state gives the same address then.
        if (_settings.RootContract is { } known
            && (await Chain.GetAccountAsync(TonAddress.Parse(known), cancellationToken).ConfigureAwait(false)).Data is { } data)
        {
            await ListImagesAsync(wallet, TonAddress.Parse(known), NetworkRegistry.Decode(data), cancellationToken).ConfigureAwait(false);
            return;
        }
        _tell("Deploying the registry");
        await FundAsync(wallet.Address, cancellationToken).ConfigureAwait(false);
        var state = new StateInit(ContractCodes.Root, FirstRegistry(wallet.Address).ToCell());
        var root = state.Address();
        if ((await Chain.GetAccountAsync(root, cancellationToken).ConfigureAwait(false)).Data is null)
        {
            var deploy = new InternalMessage { Destination = root, Value = Coins.FromTon(0.05m), Bounce = false, StateInit = state };
            await WalletCommand.SendAsync(Chain, wallet, deploy, cancellationToken).ConfigureAwait(false);
            await UntilAsync("the registry", async () => (await Chain.GetAccountAsync(root, cancellationToken).ConfigureAwait(false)).Data is not null, cancellationToken)
                .ConfigureAwait(false);
        }
        _settings = _settings with { RootContract = root.ToFriendly(bounceable: true, testnet: false) };
        new StateFolder(_folder).WriteAtomically(SettingsFile, JsonSerializer.SerializeToUtf8Bytes(_settings, NodeJson.Options));
    }

    // The program may be another one than when the registry was made.
    private async Task ListImagesAsync(WalletV5R1 wallet, TonAddress root, NetworkRegistry registry, CancellationToken cancellationToken)
    {
        var proxy = Images.Proxy.ImageHash;
        var worker = Images.Worker.ImageHash;
        var changes = new List<ChangeAllowList>();
        if (!registry.ProxyImageHashes.Contains(proxy)) changes.Add(new ChangeAllowList(0, AllowListChange.AddProxyImage, proxy));
        if (!registry.WorkerImageHashes.Contains(worker)) changes.Add(new ChangeAllowList(0, AllowListChange.AddWorkerImage, worker));
        if (changes.Count == 0)
            return;
        _tell("The program changed: listing its images in the registry");
        await FundAsync(wallet.Address, cancellationToken).ConfigureAwait(false);
        foreach (var change in changes)
        {
            var message = new InternalMessage { Destination = root, Value = Coins.FromTon(0.05m), Body = change.ToCell() };
            await WalletCommand.SendAsync(Chain, wallet, message, cancellationToken).ConfigureAwait(false);
        }
        await UntilAsync("the registry", async () =>
        {
            var account = await Chain.GetAccountAsync(root, cancellationToken).ConfigureAwait(false);
            var now = NetworkRegistry.Decode(account.Data!);
            return now.ProxyImageHashes.Contains(proxy) && now.WorkerImageHashes.Contains(worker);
        }, cancellationToken).ConfigureAwait(false);
    }

    // Prices a thousand times the public network's, so that a few answers of a small model are visible money.
    private NetworkRegistry FirstRegistry(TonAddress owner) => new()
    {
        Owner = owner,
        Version = 1,
        ProxyImageHashes = [Images.Proxy.ImageHash],
        WorkerImageHashes = [Images.Worker.ImageHash],
        ModelHashes = [NetworkRegistry.ModelHash(Model)],
        Proxies = [new RegisteredProxy(1, new ProxyEndpoint("127.0.0.1", (ushort)_settings.WorkerPort), new ProxyEndpoint("127.0.0.1", (ushort)_settings.ClientPort))],
        LastProxySeqno = 1,
        Parameters = new NetworkParameters
        {
            Version = 1,
            UniqueId = 17,
            IsTest = true,
            Price = new TokenPrice(20_000),
            WorkerFee = new TokenPrice(19_000),
            ProxyCloseDelay = TimeSpan.FromMinutes(10),
            ClientCloseDelay = TimeSpan.FromMinutes(5),
            MinProxyStake = Coins.FromTon(1),
            MinClientStake = Coins.FromTon(5),
            ProxyCode = ContractCodes.Proxy,
            WorkerCode = ContractCodes.Worker,
            ClientCode = ContractCodes.Client,
        },
    };

    private void WriteConfigurations()
    {
        var references = new ReferenceValues(("proxy", Images.Proxy), ("worker", Images.Worker));
        new StateFolder(_folder).WriteAtomically(ReferencesFile, references.ToJson());
        Write("proxy", 0, new
        {
            listenAddress = "127.0.0.1",
            workerPort = _settings.WorkerPort,
            clientPort = _settings.ClientPort,
            evidence = LocalImages.Evidence,
            simulatedImage = Images.ProxyFiles,
            proofOfWorkDifficulty = 12,
            commitIntervalSeconds = 5,
            settlementIntervalSeconds = 1,
            chargeThresholdTon = SettleThresholdTon,
        });
        for (var number = 1; number <= WorkerCount; number++)
            Write($"worker-{number}", number + 1, new
            {
                model = Model,
                evidence = LocalImages.Evidence,
                simulatedImage = Images.WorkerFiles,
                maxActiveRequests = 8,
                engine = new { kind = "builtin", modelFile = Images.ModelFile },
                settlementIntervalSeconds = 2,
                payoutThresholdTon = SettleThresholdTon,
            });
        // Play money: the budget that protects a real client would only end the game.
        Write("client", 1, new { gatewayPort = _settings.GatewayPort, budgetTon = 1_000_000, evidence = "none" });
    }

    private void Write(string role, int admin, object settings)
    {
        var merged = JsonSerializer.SerializeToNode(settings, NodeJson.Options)!.AsObject();
        merged["network"] = JsonSerializer.SerializeToNode(new
        {
            rootContract = _settings.RootContract,
            tonCenterUrl = _settings.TonCenterUrl,
            test = true,
            registryRefreshSeconds = 5,
            chainPollMilliseconds = 300,
        }, NodeJson.Options);
        merged["referenceValues"] = Path.Combine(_folder, ReferencesFile);
        merged["peerPolicy"] = LocalImages.Evidence;
        merged["stateFolder"] = Path.Combine(_folder, role);
        merged["owner"] = OwnerAddress(role).ToFriendly(bounceable: false, testnet: false);
        merged["adminPort"] = _settings.AdminPorts[admin];
        new StateFolder(_folder).WriteAtomically(role + ".json", JsonSerializer.SerializeToUtf8Bytes(merged, NodeJson.Options));
    }

    private async Task StartRoleAsync(string role, AdminClient admin, string what, CancellationToken cancellationToken)
    {
        _tell(what);
        var command = role.Split('-', 2)[0];
        Launch(role, command, "--config", Path.Combine(_folder, role + ".json"));
        await UntilAsync(role, async () => (await admin.TryStatusAsync(cancellationToken).ConfigureAwait(false))?["ready"]?.GetValue<bool>() == true, cancellationToken)
            .ConfigureAwait(false);
    }

    private void Launch(string name, params string[] arguments) =>
        _processes.Add(ChildProcess.Start(name, arguments, Path.Combine(_folder, name + ".log"), _tell));

    private async Task UntilAsync(string name, Func<Task<bool>> ready, CancellationToken cancellationToken)
    {
        var deadline = TimeProvider.System.GetUtcNow() + StartLimit;
        while (!await ready().ConfigureAwait(false))
        {
            if (TimeProvider.System.GetUtcNow() > deadline)
                throw new IOException($"{name} is not ready after {StartLimit.TotalSeconds:0} s. The logs in {_folder} say why.");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task FundAsync(TonAddress address, CancellationToken cancellationToken)
    {
        var account = await Chain.GetAccountAsync(address, cancellationToken).ConfigureAwait(false);
        if (account.Balance >= FundingFloor)
            return;
        using var response = await _http.PostAsJsonAsync(
            new Uri(_settings.DevnetUrl + "faucet"), new { address = address.ToRaw(), amount = Funding.NanoTon.ToString() }, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw new IOException($"The faucet refused: {await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false)}");
        await UntilAsync("the faucet", async () => (await Chain.GetAccountAsync(address, cancellationToken).ConfigureAwait(false)).Balance >= FundingFloor, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>The words of the wallet that owns a role, made on first use.</summary>
    private Mnemonic Owner(string role)
    {
        var file = Path.Combine(_folder, "owners", role + ".words");
        if (!File.Exists(file))
            WalletFile.Write(file, Mnemonic.Generate());
        return WalletFile.Read(file);
    }

    private TonAddress OwnerAddress(string role)
    {
        using var key = Owner(role).ToPrivateKey();
        return new WalletV5R1(key).Address;
    }

    private TonAddress WalletOf(string role)
    {
        using var key = new StateFolder(Path.Combine(_folder, role)).LoadOrCreateKey("wallet.key");
        return new CocoonWallet(ContractCodes.Wallet, key.PublicKey, OwnerAddress(role)).Address;
    }

    private AdminClient Admin(string name, int port) => new(_http, name, _settings.AdminPorts[port], Path.Combine(_folder, name));
}
