using System.Globalization;
using System.Net;
using Cocoon.Attestation;
using Cocoon.Client.Configuration;
using Cocoon.Client.Gateway;
using Cocoon.Client.Payments;
using Cocoon.Client.Proxies;
using Cocoon.Client.Telemetry;
using Cocoon.Node;
using Cocoon.Node.Admin;
using Cocoon.Node.Configuration;
using Cocoon.Node.Connections;
using Cocoon.Ton;
using Cocoon.Ton.Chain;
using Microsoft.Extensions.Logging;

namespace Cocoon.Client;

/// <summary>A running client: the local OpenAI-compatible gateway, its connections to proxies, and the channels that pay for it.</summary>
public sealed partial class ClientNode : IAsyncDisposable
{
    private static readonly TimeSpan BalancePoll = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(120);

    private readonly NodeRuntime _runtime;
    private readonly ClientServices _services;
    private readonly ProxyPool _pool;
    private readonly ModelCatalog _models;
    private readonly TopUpBudget _budget;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private GatewayServer? _gateway;
    private AdminServer? _admin;
    private Task _links = Task.CompletedTask;
    private Task _balance = Task.CompletedTask;
    private int _disposed;

    private ClientNode(NodeRuntime runtime, ClientOptions options)
    {
        _runtime = runtime;
        var wallet = new NodePaymentWallet(runtime.Wallet, runtime.Chain);
        _budget = new TopUpBudget(runtime.Folder, Coins.FromTon(options.BudgetTon));
        _pool = new ProxyPool(runtime.Time);
        _models = new ModelCatalog(_pool, runtime.Time, runtime.Loggers.CreateLogger<ModelCatalog>());
        var channels = new PaymentChannels(
            new PaymentServices
            {
                Wallet = wallet,
                Chain = runtime.Chain,
                Budget = _budget,
                MasterSecret = runtime.Folder.LoadOrCreateSecret("client.secret"),
                AutomaticTopUp = options.AutomaticTopUp,
                ParametersVersion = () => runtime.Registry.Current.Registry.Parameters.Version,
                Poll = runtime.ChainPoll,
                Text = runtime.Text,
                Time = runtime.Time,
                Loggers = runtime.Loggers,
            },
            runtime.Folder);
        _services = new ClientServices
        {
            Options = options,
            Registry = () => runtime.Registry.Current.Registry,
            RootContract = runtime.Registry.RootContract,
            References = runtime.References,
            Wallet = wallet,
            Channels = channels,
            Metrics = new ClientMetrics(),
            Time = runtime.Time,
            Loggers = runtime.Loggers,
        };
    }

    /// <summary>The gateway's base URL, with the real port.</summary>
    public Uri GatewayUrl => _gateway!.Url;

    /// <summary>The admin surface's base URL.</summary>
    public Uri AdminUrl => _admin!.Url;

    /// <summary>The wallet that pays; it needs TON before the first request.</summary>
    public TonAddress WalletAddress => _runtime.Wallet.Address;

    /// <summary>Ends when the node was stopped.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Starts a client. It returns when the gateway listens; proxies are connected in the background.</summary>
    /// <exception cref="ConfigurationException">Something configured cannot be used.</exception>
    /// <exception cref="IOException">A port cannot be bound.</exception>
    public static async Task<ClientNode> StartAsync(ClientOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        NodeConfiguration.Validate(options);
        if (!IPAddress.TryParse(options.GatewayHost, out var address))
            throw new ConfigurationException($"GatewayHost: '{options.GatewayHost}' is not an IP address.");
        if (!IPAddress.IsLoopback(address) && options.GatewayApiKey is not { Length: > 0 })
        {
            throw new ConfigurationException(
                $"GatewayHost: {address} is open to others, who could spend this client's money. Set GatewayApiKey, or use 127.0.0.1.");
        }
        var runtime = await NodeRuntime.StartAsync(options, time, loggers, cancellationToken).ConfigureAwait(false);
        var node = new ClientNode(runtime, options);
        try
        {
            node._gateway = await GatewayServer.StartAsync(node._services, node._pool, node._models, address, cancellationToken).ConfigureAwait(false);
            node._admin = await AdminServer.StartAsync(
                runtime.Folder, options.AdminPort, node.Status, node.Actions(), loggers, cancellationToken).ConfigureAwait(false);
            node._links = node.ConnectAsync(options);
            node._balance = node.KeepBalanceAsync();
            return node;
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        if (_admin is not null)
            await _admin.DisposeAsync().ConfigureAwait(false);
        if (_gateway is not null)
            await _gateway.DisposeAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_links, _balance).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _services.Channels.DisposeAsync().ConfigureAwait(false);
        _services.Metrics.Dispose();
        _models.Dispose();
        await _runtime.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
        _completion.SetResult();
    }

    private Task ConnectAsync(ClientOptions options)
    {
        var links = new ProxyLinks(
            _runtime,
            ProxySide.Client,
            options.ProxyConnections,
            (proxy, connection, cancellationToken) => ProxySession.ServeAsync(
                _services, _pool, proxy, connection.Transport, connection.Features.Get<PeerEvidence>(), connection.Features.Get<IEvidenceExchange>(), cancellationToken),
            _runtime.Loggers.CreateLogger<ProxyLinks>());
        return links.RunAsync(_stopping.Token);
    }

    // Only so that the status and the errors callers see are about the wallet of now.
    private async Task KeepBalanceAsync()
    {
        while (true)
        {
            try
            {
                await _services.Wallet.ReadBalanceAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (!_stopping.IsCancellationRequested)
            {
                LogNoBalance(_runtime.Loggers.CreateLogger<ClientNode>(), exception.Message);
            }
            await Task.Delay(BalancePoll, _runtime.Time, _stopping.Token).ConfigureAwait(false);
        }
    }

    private Dictionary<string, AdminAction> Actions() => new()
    {
        ["topup"] = async (arguments, cancellationToken) =>
            await Channel(arguments).TopUpAsync(Amount(arguments), cancellationToken).ConfigureAwait(false),
        ["withdraw"] = async (arguments, cancellationToken) => await Channel(arguments).WithdrawAsync(cancellationToken).ConfigureAwait(false),
        ["charge"] = async (arguments, cancellationToken) => await Channel(arguments).ChargeAsync(cancellationToken).ConfigureAwait(false),
        ["close"] = async (arguments, cancellationToken) => await Channel(arguments)
            .CloseAsync(arguments.GetValueOrDefault("force") == "true", Patience(arguments), cancellationToken).ConfigureAwait(false),
    };

    private PaymentChannel Channel(IReadOnlyDictionary<string, string> arguments)
    {
        _runtime.RequireChain();
        return _services.Channels.Find(arguments.GetValueOrDefault("proxy"));
    }

    private static Coins? Amount(IReadOnlyDictionary<string, string> arguments) =>
        !arguments.TryGetValue("ton", out var text) ? null
        : Coins.TryParse(text, out var coins) && coins > Coins.Zero ? coins
        : throw new FormatException($"ton is '{text}', wanted an amount above 0, for example 1.5.");

    private static TimeSpan Patience(IReadOnlyDictionary<string, string> arguments) =>
        !arguments.TryGetValue("wait", out var text) ? ClosePatience
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= 3600 ? TimeSpan.FromSeconds(seconds)
        : throw new FormatException($"wait is '{text}', wanted whole seconds from 0 to 3600.");

    private object Status()
    {
        var registry = _runtime.Registry.Current;
        var metrics = _services.Metrics;
        return new
        {
            Role = "client",
            // Ready to answer: a proxy is connected and a channel has money in it.
            Ready = _pool.Sessions.Any(session => session.State == ProxySessionState.Ready)
                && _services.Channels.All.Any(channel => channel.View?.State?.Balance.NanoTon > 0),
            Gateway = GatewayUrl,
            Wallet = new
            {
                Address = _runtime.Text(_runtime.Wallet.Address),
                BalanceNanoTon = _services.Wallet.Balance.NanoTon.ToString(),
                Owner = _runtime.Text(_runtime.Owner),
            },
            Chain = _runtime.ChainKind,
            Policies = new[] { _runtime.PeerPolicy },
            Registry = new { registry.Registry.Version, ParametersVersion = registry.Registry.Parameters.Version, registry.ReadAt },
            Budget = new { Spent = _budget.Spent.ToString(), Limit = _budget.Limit.ToString() },
            Requests = new
            {
                Total = metrics.Requests,
                Failed = metrics.Failures,
                metrics.Retries,
                Running = _pool.Sessions.Sum(session => session.Running),
                metrics.Tokens,
                metrics.ProxyFaults,
            },
            Proxies = _pool.Sessions.Select(session => new
            {
                Endpoint = session.Proxy.ClientEndpoint.ToString(),
                Ready = session.State == ProxySessionState.Ready,
                session.State,
                Evidence = session.Evidence?.Kind ?? EvidenceKind.None,
                ImageHash = session.Evidence?.ImageHash.ToString(),
                Gpus = GpuStatus.Of(session.Gpus),
                session.Identity?.ProtocolVersion,
                ProxyContract = session.Identity is { } identity ? _runtime.Text(identity.Contract) : null,
                ClientContract = session.Channel is { } channel ? _runtime.Text(channel.Address) : null,
                session.Running,
                session.Faults,
            }),
            Channels = _services.Channels.All.Select(ChannelStatus),
        };
    }

    private object ChannelStatus(PaymentChannel channel)
    {
        var state = channel.View?.State;
        return new
        {
            ClientContract = _runtime.Text(channel.Address),
            ProxyContract = _runtime.Text(channel.ProxyContract),
            State = state is null ? "notDeployed" : state.Phase.ToString(),
            Balance = state?.Balance.ToString(),
            Stake = state?.Stake.ToString(),
            state?.UnlockTime,
            TokensUsed = state?.TokensUsed.Value,
            TokensCommitted = channel.Count.Committed.Value,
            TokensInDatabase = channel.Count.Stored.Value,
            TokensMax = channel.Count.Max.Value,
            TokensUnexplained = channel.Count.Unexplained,
            channel.Trouble,
        };
    }

    [LoggerMessage(LogLevel.Debug, "The wallet's balance cannot be read: {Reason}")]
    private static partial void LogNoBalance(ILogger logger, string reason);
}
