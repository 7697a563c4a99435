using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.IO.Pipelines;
using System.Numerics;
using System.Text;
using Cocoon.Attestation;
using Cocoon.Attestation.Nvidia;
using Cocoon.Client.Gateway;
using Cocoon.Client.Payments;
using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Node.Connections;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Microsoft.Extensions.Logging;

namespace Cocoon.Client.Proxies;

/// <summary>One connection to a proxy, from the handshake to its end: authorises, runs requests, keeps the payment figures fresh.</summary>
internal sealed partial class ProxySession : ISessionHandler
{
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AuthorizationTimeout = TimeSpan.FromSeconds(300);
    private static readonly TimeSpan StatusTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ModelsTimeout = TimeSpan.FromSeconds(10);

    // A proxy gives its worker 20 seconds.
    private static readonly TimeSpan EvidenceTimeout = TimeSpan.FromSeconds(25);

    private const int MaxModelName = 512;

    // Proxies and workers each take a share of the caller's time for themselves.
    private const double TimeShare = 0.95;

    private readonly ClientServices _services;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<Bits256, RunningRequest> _running = [];
    private Session? _session;
    private int _faults;
    private volatile ProxySessionState _state;
    private bool _ended;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _sending = new(1, 1);

    private ProxySession(ClientServices services, RegisteredProxy proxy, PeerEvidence? evidence, IEvidenceExchange? exchange)
    {
        _services = services;
        Proxy = proxy;
        Evidence = evidence;
        Exchange = exchange;
        _logger = services.Loggers.CreateLogger<ProxySession>();
    }

    /// <summary>The registry's entry of the proxy.</summary>
    public RegisteredProxy Proxy { get; }

    /// <summary>What the proxy attested.</summary>
    public PeerEvidence? Evidence { get; }

    /// <summary>Makes and judges evidence for this connection; null where there is none, as behind a router.</summary>
    public IEvidenceExchange? Exchange { get; }

    /// <summary>The proxy's GPUs, as far as it attested them.</summary>
    public ImmutableArray<AttestedGpu> Gpus => Exchange?.PeerGpus ?? [];

    /// <summary>Who it is, once it said so.</summary>
    public ProxyIntroduction? Identity { get; private set; }

    /// <summary>The payment channel with it, once known.</summary>
    public PaymentChannel? Channel { get; private set; }

    public ProxySessionState State => _state;

    public int Running => _running.Count;

    /// <summary>How often it broke a rule.</summary>
    public int Faults => _faults;

    /// <summary>Runs a connection until it ends.</summary>
    /// <exception cref="IOException">The proxy failed a check, refused this client, or the connection broke.</exception>
    public static async Task ServeAsync(
        ClientServices services, ProxyPool pool, RegisteredProxy proxy, IDuplexPipe transport, PeerEvidence? evidence, IEvidenceExchange? exchange,
        CancellationToken cancellationToken)
    {
        var proxySession = new ProxySession(services, proxy, evidence, exchange);
        pool.Add(proxySession);
        Exception? reason = null;
        try
        {
            await proxySession.RunAsync(pool, transport, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            reason = exception;
            throw;
        }
        finally
        {
            proxySession.End(reason);
            pool.Remove(proxySession);
        }
    }

    /// <summary>Sends a request. The caller gives it back with <see cref="Forget"/> in any case.</summary>
    /// <exception cref="SessionLostException">The connection ended before the request was sent.</exception>
    public async Task<RunningRequest> StartAsync(
        InferenceRequest request, ImmutableArray<HttpHeader> headers, TimeSpan timeLeft, CancellationToken cancellationToken)
    {
        var registry = _services.Registry();
        var query = TlSerializer.Serialize(new HttpRequest("POST", request.Path, "HTTP/1.1", headers, request.Body));
        var running = new RunningRequest(
            Bits256.Random(), Ceiling(registry.Parameters.Multipliers, request, query.Length), _services.Options.MaxBufferedAnswerBytes);
        var seconds = timeLeft.TotalSeconds * TimeShare;
        var version = unchecked((int)registry.Version);
        ITlObject message = Identity!.ProtocolVersion < ProtocolVersions.FinalInfo
            ? new ClientRunQuery(request.Model, query, request.MaxCoefficient, request.MaxTokens, seconds, running.Id, version)
            : new ClientRunQueryEx(request.Model, query, request.MaxCoefficient, request.MaxTokens, seconds, running.Id, version, request.EnableDebug);
        lock (_gate)
        {
            if (_ended)
                throw new SessionLostException("The connection to the proxy has ended.");
            _running[running.Id] = running;
        }
        Channel!.Count.Started(running.Ceiling);
        try
        {
            await SendAsync(running, message, cancellationToken).ConfigureAwait(false);
            return running;
        }
        catch (Exception exception)
        {
            Forget(running);
            throw exception is OperationCanceledException ? exception : new SessionLostException("The request could not be sent to the proxy.", exception);
        }
    }

    /// <summary>Lets go of a request, ended or not: there is no message that cancels one, so late answers are dropped.</summary>
    public void Forget(RunningRequest request)
    {
        if (_running.TryRemove(request.Id, out _))
            Channel!.Count.Ended(request.Ceiling, request.MayHaveLeft ? request.FinalTokens : 0);
    }

    // Requests wait here for their turn: one given up in the queue certainly never left and so cannot have cost anything.
    private async Task SendAsync(RunningRequest request, ITlObject message, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        Task sending;
        lock (_gate)
        {
            request.MayHaveLeft = !_ended;
            sending = SendAndUnlockAsync(message);
        }
        await sending.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task SendAndUnlockAsync(ITlObject message)
    {
        try
        {
            await _session!.SendAsync(message, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>The models the proxy has workers for.</summary>
    /// <exception cref="IOException">The proxy did not answer.</exception>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<ModelWorker>>> GetModelsAsync(CancellationToken cancellationToken)
    {
        var models = new Dictionary<string, IReadOnlyList<ModelWorker>>(StringComparer.Ordinal);
        if (Identity!.ProtocolVersion < ProtocolVersions.FinalInfo)
        {
            var types = await _session!.QueryAsync(new ClientGetWorkerTypes(), ModelsTimeout, cancellationToken).ConfigureAwait(false);
            foreach (var type in types.Types.Where(type => IsModelName(type.Name))) models[type.Name] = [];
        }
        else
        {
            var types = await _session!.QueryAsync(new ClientGetWorkerTypesV2(), ModelsTimeout, cancellationToken).ConfigureAwait(false);
            foreach (var type in types.Types.Where(type => IsModelName(type.Name)))
                models[type.Name] = [.. type.Workers.Select(worker => new ModelWorker(worker.Coefficient, worker.ActiveRequests, worker.MaxActiveRequests))];
        }
        return models;
    }

    /// <summary>The proxy's evidence for a nonce.</summary>
    /// <exception cref="IOException">The connection ended.</exception>
    /// <exception cref="SessionQueryException">The proxy refused.</exception>
    /// <exception cref="TimeoutException">It did not answer in time.</exception>
    public Task<AttestationEvidence> ProveAsync(Bits256 nonce, CancellationToken cancellationToken) =>
        _session!.QueryAsync(new AttestationProve(nonce), EvidencePatience, cancellationToken);

    /// <summary>The evidence for a nonce of one of the proxy's workers. The proxy answers one of these at a time.</summary>
    /// <inheritdoc cref="ProveAsync"/>
    public Task<ClientWorkerEvidence> ProveWorkerAsync(string model, Bits256 worker, Bits256 nonce, CancellationToken cancellationToken) =>
        _session!.QueryAsync(new ClientGetWorkerEvidence(model, worker, nonce), EvidencePatience, cancellationToken);

    // GPUs take their own time before the machine quotes.
    private TimeSpan EvidencePatience => EvidenceTimeout + _services.Options.Limits.GpuEvidence;

    // Names come to callers and, in errors, to logs.
    private static bool IsModelName(string name) => name.Length is > 0 and <= MaxModelName && !name.Any(char.IsControl);

    /// <inheritdoc/>
    public ValueTask<ITlObject> OnQueryAsync(ITlObject function, CancellationToken cancellationToken) =>
        throw new SessionQueryException(602, "A client answers no queries.");

    /// <inheritdoc/>
    public ValueTask OnMessageAsync(ITlObject message, CancellationToken cancellationToken)
    {
        switch (message)
        {
            case ProxyClientRequestPayment payment:
                Channel?.Count.Update(payment.SignedPayment, payment.DbTokens, payment.MaxTokens);
                break;
            case ClientAnswerEvidence evidence:
                if (EvidenceKindExtensions.Find(evidence.Evidence) is not null && _running.TryGetValue(evidence.RequestId, out var answered))
                    answered.Note(evidence);
                break;
            case IProxySignedPayment payment:
                Channel?.Count.Update(payment, 0, 0);
                break;
            default:
                if (ProxyAnswer.From(message) is { } answer)
                    Deliver(answer);
                else
                    LogUnknown(Proxy.ClientEndpoint, message.ConstructorId);
                break;
        }
        return ValueTask.CompletedTask;
    }

    private async Task RunAsync(ProxyPool pool, IDuplexPipe transport, CancellationToken cancellationToken)
    {
        var registry = _services.Registry();
        CheckImage(registry);
        var options = _services.Options.Limits.ForSession(_services.Loggers.CreateLogger<Session>());
        var session = await Session.ConnectAsync(transport, options, this, _services.Time, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            _session = session;
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using var stop = cancellationToken.UnsafeRegister(static state => _ = ((Session)state!).DisposeAsync().AsTask(), session);
            await AuthorizeAsync(session, registry, cancellationToken).ConfigureAwait(false);
            session.AllowLargePackets();
            SetState(ProxySessionState.Ready, pool);
            LogReady(Proxy.ClientEndpoint, Identity!.ProtocolVersion, _services.Text(Channel!.Address));
            var status = KeepStatusAsync(session, ending.Token);
            try
            {
                await session.Completion.ConfigureAwait(false);
            }
            finally
            {
                await ending.CancelAsync().ConfigureAwait(false);
                await status.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void CheckImage(NetworkRegistry registry)
    {
        if (!_services.Options.CheckProxyHashes)
            return;
        var image = Evidence?.ImageHash ?? Bits256.Zero;
        if (!registry.ProxyImageHashes.Contains(image))
        {
            throw new ProxyFaultException(
                $"The proxy at {Proxy.ClientEndpoint} attested image {image} ({Evidence?.Kind ?? EvidenceKind.None}), which is none of the "
                + $"{registry.ProxyImageHashes.Count} that registry version {registry.Version} allows{_services.References.Explain(Evidence?.Measurements)}. Wait for the registry, or set CheckProxyHashes to false.");
        }
    }

    private async Task AuthorizeAsync(Session session, NetworkRegistry registry, CancellationToken cancellationToken)
    {
        var newest = ProtocolVersions.NewestOn(Exchange is not null);
        var parameters = new ClientParams(_services.Text(_services.Wallet.Address), registry.Parameters.IsTest, ProtocolVersions.FinalInfo, newest);
        var connected = await session.QueryAsync(
            new ClientConnectToProxy(parameters, unchecked((int)registry.Version)), HandshakeTimeout, cancellationToken).ConfigureAwait(false);
        var identity = ProxyIntroduction.Verify(connected.Params, registry.Parameters, _services.RootContract, Exchange);
        if (identity.ProtocolVersion >= ProtocolVersions.FreshEvidence)
            await EvidenceMessages.ExchangeAsync(session, Exchange!, HandshakeTimeout + _services.Options.Limits.GpuEvidence, cancellationToken).ConfigureAwait(false);
        var contract = new ClientContract(identity.Parameters, _services.Wallet.Address, identity.Contract, identity.Key);
        ProxyIntroduction.RequireAddress("this client's contract", connected.ClientScAddress, contract.Address);
        var channel = _services.Channels.Open(identity, contract);
        Identity = identity;
        Channel = channel;
        channel.Count.Update(connected.SignedPayment, 0, 0);
        _state = ProxySessionState.Authorizing;

        var answer = connected.Auth switch
        {
            ClientProxyConnectionAuthShort known when known.SecretHash == channel.SecretHash =>
                await session.QueryAsync(
                    new ClientAuthorizeWithProxyShort(Encoding.ASCII.GetBytes(channel.Secret)), AuthorizationTimeout, cancellationToken).ConfigureAwait(false),
            ClientProxyConnectionAuthShort known => await RegisterAsync(session, channel, known.Nonce, cancellationToken).ConfigureAwait(false),
            ClientProxyConnectionAuthLong unknown => await RegisterAsync(session, channel, unknown.Nonce, cancellationToken).ConfigureAwait(false),
            _ => throw new ProxyFaultException("The proxy asked for an authorisation of an unknown kind."),
        };
        switch (answer)
        {
            case ClientAuthorizationWithProxySuccess success:
                channel.Authorized(success.SignedPayment, success.TokensCommittedToDb, success.MaxTokens);
                return;
            case ClientAuthorizationWithProxyFailed failed:
                throw new ProxyFaultException($"The proxy refused the authorisation with {failed.ErrorCode}: {PeerText.Clean(failed.Error)}.");
            default:
                throw new ProxyFaultException("The proxy answered the authorisation with something else.");
        }
    }

    // The proxy completes the query when it sees the registration on chain, so both go out together; whichever fails ends the other.
    private async Task<IClientAuthorizationWithProxy> RegisterAsync(Session session, PaymentChannel channel, long nonce, CancellationToken cancellationToken)
    {
        _state = ProxySessionState.Registering;
        LogRegistering(Proxy.ClientEndpoint, _services.Text(channel.Address));
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var registration = channel.RegisterAsync(unchecked((ulong)nonce), both.Token);
        var query = session.QueryAsync(new ClientAuthorizeWithProxyLong(), AuthorizationTimeout, both.Token);
        try
        {
            if (await Task.WhenAny(registration, query).ConfigureAwait(false) == registration)
                await registration.ConfigureAwait(false);
            return await query.ConfigureAwait(false);
        }
        finally
        {
            await both.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(registration, query).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task KeepStatusAsync(Session session, CancellationToken cancellationToken)
    {
        while (true)
        {
            var pause = _services.Jitter(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(20));
            await Task.Delay(pause, _services.Time, cancellationToken).ConfigureAwait(false);
            try
            {
                var status = await session.QueryAsync(new ClientUpdatePaymentStatus(), StatusTimeout, cancellationToken).ConfigureAwait(false);
                Channel!.Count.Update(status.SignedPayment, status.DbTokens, status.MaxTokens);
            }
            catch (Exception exception) when (exception is IOException or TimeoutException or SessionQueryException)
            {
                LogNoStatus(Proxy.ClientEndpoint, exception.Message);
            }
        }
    }

    private void Deliver(ProxyAnswer answer)
    {
        if (!_running.TryGetValue(answer.RequestId, out var request) || request.IsOver)
            return;
        if (request.Offer(answer) is { } broken)
            Fault(broken);
        if (request is { IsOver: true, FinalTokens: { } tokens })
        {
            if (tokens < 0 || tokens > request.Ceiling)
                Fault($"a request's final count of {tokens} tokens, wanted 0 to {request.Ceiling}");
            else
                Paid(tokens);
        }
    }

    private void Paid(long tokens)
    {
        _services.Metrics.TokensUsed(tokens);
        if (tokens > 0)
            Channel!.RequestPaid();
    }

    private void Fault(string what)
    {
        _services.Metrics.ProxyFault();
        // Every power of two, so that a proxy cannot fill the log.
        if (BitOperations.IsPow2(Interlocked.Increment(ref _faults)))
            LogFault(Proxy.ClientEndpoint, what, _faults);
    }

    private void SetState(ProxySessionState state, ProxyPool pool)
    {
        _state = state;
        pool.Notify();
    }

    private void End(Exception? reason)
    {
        lock (_gate) _ended = true;
        _state = ProxySessionState.Ended;
        foreach (var request in _running.Values)
            request.End(new SessionLostException("The connection to the proxy ended.", reason));
    }

    // Bytes of the request stand in for prompt tokens. The proxy reserves at multiplier 1.0, but an honest count may be higher where a multiplier is.
    private static long Ceiling(TokenMultipliers multipliers, InferenceRequest request, int queryBytes)
    {
        var coefficient = new Coefficient(request.MaxCoefficient);
        var prompt = Math.Max(Multiplier.One.TenThousandths, Math.Max(multipliers.Prompt.TenThousandths, multipliers.Cached.TenThousandths));
        var completion = Math.Max(Multiplier.One.TenThousandths, Math.Max(multipliers.Completion.TenThousandths, multipliers.Reasoning.TenThousandths));
        try
        {
            var most = AdjustedTokens.Adjust(queryBytes, coefficient, new Multiplier(prompt))
                + AdjustedTokens.Adjust(request.MaxTokens, coefficient, new Multiplier(completion));
            var reserved = AdjustedTokens.Reservation(request.MaxTokens, queryBytes, coefficient);
            return Math.Max(most.Value, reserved.Value);
        }
        catch (OverflowException)
        {
            return long.MaxValue;
        }
    }

    [LoggerMessage(LogLevel.Information, "Proxy {Endpoint} is ready: protocol version {Version}, payment channel {Channel}")]
    private partial void LogReady(ProxyEndpoint endpoint, int version, string channel);

    [LoggerMessage(LogLevel.Information, "Registering with proxy {Endpoint} through payment channel {Channel}")]
    private partial void LogRegistering(ProxyEndpoint endpoint, string channel);

    [LoggerMessage(LogLevel.Warning, "Proxy {Endpoint} did not tell the payment status: {Reason}")]
    private partial void LogNoStatus(ProxyEndpoint endpoint, string reason);

    [LoggerMessage(LogLevel.Warning, "Proxy {Endpoint} broke a rule: {What} ({Count} so far)")]
    private partial void LogFault(ProxyEndpoint endpoint, string what, int count);

    [LoggerMessage(LogLevel.Debug, "Proxy {Endpoint} sent a message {Constructor:x8} that means nothing to a client")]
    private partial void LogUnknown(ProxyEndpoint endpoint, uint constructor);
}
