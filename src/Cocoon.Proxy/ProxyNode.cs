using System.Net;
using Cocoon.Attestation;
using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Messages;
using Cocoon.Cryptography;
using Cocoon.Node;
using Cocoon.Node.Admin;
using Cocoon.Node.Configuration;
using Cocoon.Node.Connections;
using Cocoon.Node.Connections.Transports;
using Cocoon.Node.Wallet;
using Cocoon.Protocol.Sessions;
using Cocoon.Proxy.Configuration;
using Cocoon.Proxy.Ledger;
using Cocoon.Proxy.Relay;
using Cocoon.Proxy.Routing;
using Cocoon.Proxy.Sessions;
using Cocoon.Proxy.Settlement;
using Cocoon.Ton.Chain;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Cocoon.Proxy;

/// <summary>The proxy: verifies both sides, routes, meters, and signs vouchers.</summary>
public sealed partial class ProxyNode : IAsyncDisposable
{
    // How long requests in flight may go on once the proxy is told to stop.
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(10);

    private readonly NodeRuntime _node;
    private readonly ProxyCore _core;
    private readonly Ed25519PrivateKey _key;
    private readonly CancellationTokenSource _drained;
    private readonly ContractWatch _watch;
    private readonly Settler _settler;
    private readonly ILogger _logger;
    private readonly PeerSessions _sessions;
    private readonly PolicyStatus _clientPolicy;
    private readonly List<IAsyncDisposable> _servers = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _loops = [];
    private PeerListener? _workerPort;
    private PeerListener? _clientPort;
    private AdminServer? _admin;

    private ProxyNode(NodeRuntime node, ProxyCore core, Ed25519PrivateKey key, CancellationTokenSource drained, ILoggerFactory loggers)
    {
        _node = node;
        _core = core;
        _key = key;
        _drained = drained;
        _logger = loggers.CreateLogger<ProxyNode>();
        _clientPolicy = node.Evidence.Describe(nameof(ProxyOptions.ClientPolicy), node.Evidence.CreatePolicy(core.Options.ClientPolicy));
        _logger.LogPolicy(_clientPolicy);
        _sessions = new PeerSessions(core, loggers.CreateLogger<Session>());
        _watch = new ContractWatch(
            node.Chain, node.Wallet.Address, node.ChainPoll, node.Time, core.Identity, core.Ledger, core.Channels, core.Registrations,
            _sessions.ShowVouchers, loggers.CreateLogger<ContractWatch>());
        _settler = new Settler(node, core.Identity, core.Ledger, core.Channels, core.Vouchers, core.Options, loggers.CreateLogger<Settler>());
    }

    /// <summary>Where the admin surface is.</summary>
    public Uri AdminUrl => _admin!.Url;

    /// <summary>Where workers connect.</summary>
    public IPEndPoint WorkerEndPoint => _workerPort!.EndPoint;

    /// <summary>Where clients connect.</summary>
    public IPEndPoint ClientEndPoint => _clientPort!.EndPoint;

    /// <summary>Ends when the proxy can no longer work; its exception says why.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>
    /// Starts a proxy: opens its ledger, deploys its contract if the chain does not have it, proves to itself that the ledger is the newest copy, and
    /// opens its ports only then.
    /// </summary>
    /// <exception cref="ConfigurationException">Something configured cannot be used.</exception>
    /// <exception cref="LedgerException">The ledger cannot be used.</exception>
    public static async Task<ProxyNode> StartAsync(ProxyOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        if (!IPAddress.TryParse(options.ListenAddress, out var address))
            throw new ConfigurationException($"ListenAddress: '{options.ListenAddress}' is not an IP address.");
        PeerTransports.CheckListening(options, address);
        var pool = new WorkerPool(options.WorkerSelection, time);
        var node = await NodeRuntime.StartAsync(options, time, loggers, cancellationToken).ConfigureAwait(false);
        Ed25519PrivateKey? key = null;
        ProxyLedger? ledger = null;
        ProxyNode? proxy = null;
        try
        {
            key = node.Folder.LoadOrCreateKey("proxy.key");
            var identity = new ProxyIdentity(node.Registry.Current.Registry.Parameters, node.Owner, key, node.Registry.RootContract);
            ledger = ProxyLedger.Open(node.Folder.File("ledger.sqlite"), identity.Contract.Address);
            var channels = new ClientChannels(identity, node.Chain);
            var vouchers = new VoucherBook(identity, ledger, node.Wallet.Address);
            var relay = new RequestRelay(identity, ledger, channels, vouchers, pool, node.Registry, options, time, loggers.CreateLogger<RequestRelay>());
            var drained = new CancellationTokenSource();
            var core = new ProxyCore(
                options, node.Registry, identity, ledger, channels, vouchers, new Registrations(), pool, relay, time, drained.Token)
            { References = node.References };
            proxy = new ProxyNode(node, core, key, drained, loggers);
            await proxy.OpenAsync(address, cancellationToken).ConfigureAwait(false);
            return proxy;
        }
        catch
        {
            if (proxy is not null)
            {
                await proxy.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                if (ledger is not null)
                    await ledger.DisposeAsync().ConfigureAwait(false);
                key?.Dispose();
                await node.DisposeAsync().ConfigureAwait(false);
            }
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await using var drain = _core.Time.CreateTimer(_ => _drained.Cancel(), null, DrainTime, Timeout.InfiniteTimeSpan).ConfigureAwait(false);
        foreach (var server in Enumerable.Reverse(_servers)) await server.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(_loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _node.DisposeAsync().ConfigureAwait(false);
        await _core.Ledger.DisposeAsync().ConfigureAwait(false);
        _key.Dispose();
        _stopping.Dispose();
        _drained.Dispose();
    }

    private async Task OpenAsync(IPAddress address, CancellationToken cancellationToken)
    {
        var (node, options) = (_node, _core.Options);
        _admin = await AdminServer.StartAsync(node.Folder, options.AdminPort, Status, Actions(), node.Loggers, cancellationToken).ConfigureAwait(false);
        _servers.Add(_admin);
        LogContract(_core.Identity.Contract.Address, node.Wallet.Address);
        node.FixedChain?.Presume(_core.Identity.Contract.Address, _core.Identity.Contract.StateInit.Data!, _core.Ledger.Followed);
        await DeployAsync(cancellationToken).ConfigureAwait(false);

        _loops.Add(Task.Run(() => _watch.RunAsync(_stopping.Token), CancellationToken.None));
        await (await Task.WhenAny(_watch.Current, _loops[0]).WaitAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        await _settler.CommitAsync(cancellationToken).ConfigureAwait(false);
        await (await Task.WhenAny(_watch.Committed, _loops[0]).WaitAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        _loops.Add(Task.Run(() => _settler.RunAsync(_stopping.Token), CancellationToken.None));
        _loops.Add(Task.Run(() => FollowRegistryAsync(_stopping.Token), CancellationToken.None));
        _loops.Add(_core.Ledger.Failure.WaitAsync(_stopping.Token));
        _loops.AddRange(_core.Ledger.Former.Select(accounts => Task.Run(() => WindUpAsync(accounts, _stopping.Token), CancellationToken.None)));
        Completion = Task.WhenAny(_loops).Unwrap();

        var limiter = new ConnectionLimiter(options.MaxConnections, options.MaxConnectionsPerAddress, options.MaxNewConnectionsPerMinute, node.Time);
        var ports = node.Transport.PortLimiter(limiter);
        _workerPort = await ListenAsync(options.WorkerPort, options.PeerPolicy, ServeWorkerAsync).ConfigureAwait(false);
        _clientPort = await ListenAsync(options.ClientPort, options.ClientPolicy, ServeClientAsync).ConfigureAwait(false);
        LogReady(_workerPort.EndPoint, _clientPort.EndPoint);

        async Task<PeerListener> ListenAsync(int port, string policy, ConnectionDelegate serve)
        {
            var pipeline = node.Transport.Accept(new AcceptTerms(policy, options.ProofOfWorkDifficulty, limiter), serve);
            var listener = await PeerListener.StartAsync(new IPEndPoint(address, port), pipeline, ports, node.Loggers, cancellationToken).ConfigureAwait(false);
            _servers.Add(listener);
            return listener;
        }
    }

    private async Task DeployAsync(CancellationToken cancellationToken)
    {
        var contract = _core.Identity.Contract;
        var told = false;
        while (true)
        {
            var account = await _node.Chain.GetAccountAsync(contract.Address, cancellationToken).ConfigureAwait(false);
            if (account.Data is { } data)
            {
                if (ProxyContractState.Decode(data).Phase != ContractPhase.Normal)
                {
                    await WindUp(_core.Ledger.Opened).RunAsync(cancellationToken).ConfigureAwait(false);
                    throw new ConfigurationException(
                        $"The proxy contract {contract.Address} is closed, and everybody was paid what it owed. To serve again, use another state folder or Owner, or wait for new network parameters.");
                }
                return;
            }
            if (!told)
            {
                told = true;
                await _node.Wallet.SendAsync(new WalletMessage(contract.Address, MessageValues.Deploy, null, contract.StateInit), cancellationToken).ConfigureAwait(false);
            }
            await Task.Delay(_node.ChainPoll, _node.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    // That one contract is wound up is no end of the proxy; that it must not be wound up with this ledger is.
    private async Task WindUpAsync(FormerAccounts accounts, CancellationToken cancellationToken)
    {
        await WindUp(accounts).RunAsync(cancellationToken).ConfigureAwait(false);
        await Task.Delay(Timeout.InfiniteTimeSpan, _node.Time, cancellationToken).ConfigureAwait(false);
    }

    private FormerContract WindUp(FormerAccounts accounts) => new(
        accounts, _node.Chain, _node.Wallet.SendAsync, _node.Wallet.Address, _key, _node.ChainPoll, _node.Time, _node.Loggers.CreateLogger<FormerContract>());

    // New parameters mean new contracts everywhere: the process that supervises this one starts it again over the same folder.
    private async Task FollowRegistryAsync(CancellationToken cancellationToken)
    {
        var version = _core.Identity.Parameters.Version;
        while (true)
        {
            // Taken before the look, so that no change falls between the two.
            var changed = _core.Registry.Changed;
            var registry = _core.Registry.Current.Registry;
            if (registry.Parameters.Version != version)
                throw new ConfigurationException($"The network's parameters changed from version {version} to {registry.Parameters.Version}: start the proxy again.");
            _sessions.Recheck(registry);
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private Task ServeWorkerAsync(ConnectionContext connection) =>
        _sessions.ServeWorkerAsync(connection.Transport, connection.Features.Get<PeerEvidence>()!, connection.Features.Get<IEvidenceExchange>(), connection.ConnectionClosed);

    private Task ServeClientAsync(ConnectionContext connection) =>
        _sessions.ServeClientAsync(connection.Transport, connection.Features.Get<PeerEvidence>()!, connection.Features.Get<IEvidenceExchange>(), connection.ConnectionClosed);

    private Dictionary<string, AdminAction> Actions() => new()
    {
        ["commit"] = async (_, token) =>
        {
            await _settler.CommitAsync(token).ConfigureAwait(false);
            return new { sent = true };
        },
        ["withdraw"] = async (_, token) =>
        {
            _node.RequireChain();
            await _settler.WithdrawAsync(token).ConfigureAwait(false);
            return new { sent = true };
        },
    };

    private object Status()
    {
        var (node, ledger) = (_node, _core.Ledger);
        return new
        {
            role = "proxy",
            ready = _clientPort is not null,
            owner = node.Text(node.Owner),
            wallet = new { address = node.Text(node.Wallet.Address), balanceNanoTon = node.Wallet.Balance.NanoTon.ToString() },
            contract = new
            {
                address = _core.Identity.Contract.Address.ToRaw(),
                phase = _settler.Contract?.Phase,
                shareNanoTon = _settler.Contract?.Balance.NanoTon.ToString(),
            },
            workerEndpoint = _workerPort?.EndPoint.ToString(),
            clientEndpoint = _clientPort?.EndPoint.ToString(),
            chain = node.ChainKind,
            registryVersion = node.Registry.Current.Registry.Version,
            policies = new[] { node.PeerPolicy, _clientPolicy },
            workers = _core.Pool.Snapshot().Values.SelectMany(connections => connections).Select(worker => new
            {
                owner = node.Text(worker.Owner),
                model = worker.ModelText,
                coefficient = worker.Coefficient.Thousandths,
                enabled = worker.Enabled,
                running = worker.Running,
                limit = worker.Limit,
                succeeded = worker.Succeeded,
                failed = worker.Failed,
                protocolVersion = worker.ProtocolVersion,
                evidence = worker.Evidence.Kind,
                imageHash = worker.Evidence.ImageHash.ToString(),
                gpus = GpuStatus.Of(worker.Gpus),
            }),
            clients = _sessions.ReadyClients.Select(client => new
            {
                owner = node.Text(client.Owner),
                running = client.Running,
                protocolVersion = client.ProtocolVersion,
                evidence = client.Evidence.Kind,
            }),
            accounts = Enum.GetValues<LedgerSide>().SelectMany(side => ledger.Owners(side).Select(holder => (side, holder, counters: ledger.Read(side, holder)))).Select(account => new
            {
                side = account.side,
                owner = node.Text(account.holder),
                contract = _core.Identity.Channel(account.side, account.holder).ToRaw(),
                tokensMax = account.counters.Max.Value,
                tokensStored = account.counters.Stored.Value,
                tokensCommitted = account.counters.Committed.Value,
                tokensReserved = account.counters.Reserved.Value,
            }),
        };
    }

    [LoggerMessage(LogLevel.Information, "Proxy contract {Contract}, wallet {Wallet}")]
    private partial void LogContract(Ton.TonAddress contract, Ton.TonAddress wallet);

    [LoggerMessage(LogLevel.Information, "Ready: workers connect to {Workers}, clients to {Clients}")]
    private partial void LogReady(IPEndPoint workers, IPEndPoint clients);
}
