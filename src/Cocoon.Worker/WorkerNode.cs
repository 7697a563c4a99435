using Cocoon.Attestation;
using Cocoon.Contracts.Registry;
using Cocoon.Inference;
using Cocoon.Node;
using Cocoon.Node.Admin;
using Cocoon.Node.Configuration;
using Cocoon.Node.Connections;
using Cocoon.Protocol.Sessions;
using Cocoon.Ton;
using Cocoon.Worker.Configuration;
using Cocoon.Worker.Earnings;
using Cocoon.Worker.Requests;
using Cocoon.Worker.Sessions;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Cocoon.Worker;

/// <summary>The worker: sits beside an inference engine and sells its tokens through proxies.</summary>
public sealed partial class WorkerNode : IAsyncDisposable
{
    private readonly WorkerCore _core;
    private readonly Cashier _cashier;
    private readonly ILogger _logger;
    private readonly ILoggerFactory _loggers;
    private readonly Lock _gate = new();
    private readonly List<ProxySession> _sessions = [];
    private readonly CancellationTokenSource _stopping = new();
    private AdminServer? _admin;
    private Task[] _loops = [];

    private WorkerNode(WorkerCore core, ILoggerFactory loggers)
    {
        _core = core;
        _loggers = loggers;
        _logger = loggers.CreateLogger<WorkerNode>();
        _cashier = new Cashier(core.Node, core.Accounts, core.Options, loggers.CreateLogger<Cashier>());
    }

    /// <summary>Where the admin surface is.</summary>
    public Uri AdminUrl => _admin!.Url;

    /// <summary>Ends when the worker can no longer work; its exception says why.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Starts a worker over an engine, which it takes over.</summary>
    /// <exception cref="ConfigurationException">Something configured cannot be used.</exception>
    public static async Task<WorkerNode> StartAsync(WorkerOptions options, IEngine engine, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        NodeRuntime node;
        try
        {
            node = await NodeRuntime.StartAsync(options, time, loggers, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await engine.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        var runner = new RequestRunner(engine, options.Model.Split('@', 2)[0], options.MaxActiveRequests, time, loggers.CreateLogger<RequestRunner>());
        var worker = new WorkerNode(new WorkerCore(node, options, engine, runner, new ProxyAccounts(node.Owner, node.Folder, loggers.CreateLogger<ProxyAccounts>())), loggers);
        try
        {
            await worker.OpenAsync(cancellationToken).ConfigureAwait(false);
            return worker;
        }
        catch
        {
            await worker.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_admin is not null)
            await _admin.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(_loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _core.Node.DisposeAsync().ConfigureAwait(false);
        await _core.Engine.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        var node = _core.Node;
        var actions = new Dictionary<string, AdminAction>
        {
            ["payout"] = async (_, token) => new { vouchersSent = await PayOutAsync(token).ConfigureAwait(false) },
        };
        _admin = await AdminServer.StartAsync(node.Folder, _core.Options.AdminPort, Status, actions, _loggers, cancellationToken).ConfigureAwait(false);
        _core.EngineHealthy = await _core.Engine.IsHealthyAsync(cancellationToken).ConfigureAwait(false);
        var links = new ProxyLinks(node, ProxySide.Worker, _core.Options.ProxyConnections, ServeAsync, _loggers.CreateLogger<ProxyLinks>());
        _loops =
        [
            Task.Run(() => links.RunAsync(_stopping.Token), CancellationToken.None),
            Task.Run(() => WatchEngineAsync(_stopping.Token), CancellationToken.None),
            .. node.FixedChain is null ? [Task.Run(() => _cashier.RunAsync(_stopping.Token), CancellationToken.None)] : Array.Empty<Task>(),
        ];
        Completion = Task.WhenAny(_loops).Unwrap();
        LogStarted(_core.Options.Model, node.Wallet.Address, _core.Engine.Name);
    }

    private async Task ServeAsync(RegisteredProxy proxy, ConnectionContext connection, CancellationToken cancellationToken)
    {
        var handler = new ProxySession(_core, proxy, connection.Features.Get<PeerEvidence>()!, connection.Features.Get<IEvidenceExchange>());
        var options = _core.Options.Limits.ForSession(_loggers.CreateLogger<Session>());
        await Session.ConnectAsync(connection.Transport, options, handler, _core.Node.Time, cancellationToken).ConfigureAwait(false);
        lock (_gate) _sessions.Add(handler);
        try
        {
            await handler.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate) _sessions.Remove(handler);
        }
    }

    private async Task<int> PayOutAsync(CancellationToken cancellationToken)
    {
        _core.Node.RequireChain();
        foreach (var session in Sessions().Where(session => session.Ready))
        {
            try
            {
                await session.RefreshPaymentAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or SessionQueryException or TimeoutException)
            {
                // The voucher at hand is paid then.
                LogNoVoucher(session.Proxy.WorkerEndpoint, exception.Message);
            }
        }
        // An operator who does not wait for the end does not stop it half-way: a voucher under way must not be sent again.
        return await _cashier.CashAsync(default, _stopping.Token).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task WatchEngineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(_core.Options.HealthCheckSeconds), _core.Node.Time, cancellationToken).ConfigureAwait(false);
            var healthy = await _core.Engine.IsHealthyAsync(cancellationToken).ConfigureAwait(false);
            if (healthy != _core.EngineHealthy)
                LogEngine(_core.Engine.Name, healthy);
            _core.EngineHealthy = healthy;
            // Each on its own: a proxy that does not read must not keep the others from hearing it.
            foreach (var session in Sessions())
                session.Announce(disabled: !healthy);
        }
    }

    private ProxySession[] Sessions()
    {
        lock (_gate) return [.. _sessions];
    }

    private object Status()
    {
        var node = _core.Node;
        return new
        {
            role = "worker",
            ready = _core.EngineHealthy && Sessions().Any(session => session.Ready),
            owner = node.Text(node.Owner),
            wallet = new { address = node.Text(node.Wallet.Address), balanceNanoTon = node.Wallet.Balance.NanoTon.ToString() },
            model = _core.Options.Model,
            coefficient = _core.Options.Coefficient,
            engine = new { kind = _core.Engine.Name, healthy = _core.EngineHealthy },
            running = _core.Runner.Active,
            chain = node.ChainKind,
            registryVersion = node.Registry.Current.Registry.Version,
            policies = new[] { node.PeerPolicy },
            proxies = Sessions().Select(session => new
            {
                endpoint = session.Proxy.WorkerEndpoint.ToString(),
                ready = session.Ready,
                protocolVersion = session.ProtocolVersion,
                evidence = session.Evidence.Kind,
                imageHash = session.Evidence.ImageHash.ToString(),
                gpus = GpuStatus.Of(session.Gpus),
                running = session.Running,
            }),
            earnings = _core.Accounts.All.Select(account => new
            {
                proxyContract = account.ProxyContract.ToRaw(),
                workerContract = account.Channel.Address.ToRaw(),
                tokensSigned = account.Voucher?.Tokens.Value ?? 0,
                tokensStored = account.Stored.Value,
                tokensMax = account.Max.Value,
            }),
        };
    }

    [LoggerMessage(LogLevel.Information, "Worker for {Model}, wallet {Wallet}, engine {Engine}")]
    private partial void LogStarted(string model, TonAddress wallet, string engine);

    [LoggerMessage(LogLevel.Warning, "Proxy {Proxy} gives no new voucher: {Reason}")]
    private partial void LogNoVoucher(ProxyEndpoint proxy, string reason);

    [LoggerMessage(LogLevel.Warning, "Engine {Engine} healthy: {Healthy}")]
    private partial void LogEngine(string engine, bool healthy);
}
