using System.Collections.Immutable;
using Cocoon.Attestation;
using Cocoon.Attestation.Nvidia;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Registry;
using Cocoon.Contracts.Vouchers;
using Cocoon.Cryptography;
using Cocoon.Node;
using Cocoon.Node.Connections;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Worker.Earnings;
using Cocoon.Worker.Requests;
using Microsoft.Extensions.Logging;

namespace Cocoon.Worker.Sessions;

/// <summary>A worker's connection to one proxy: introduces the worker, agrees on what was earned, runs the proxy's requests.</summary>
internal sealed partial class ProxySession(WorkerCore core, RegisteredProxy proxy, PeerEvidence evidence, IEvidenceExchange? exchange) : ISessionHandler
{
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StatusTimeout = TimeSpan.FromSeconds(60);

    private readonly TaskSet _requests = new();
    private readonly TaskSet _announcements = new();
    private readonly ILogger _logger = core.Node.Loggers.CreateLogger<ProxySession>();
    private Session? _session;
    private volatile bool _serving;
    private int _version;
    private bool _announcedDisabled;

    // Messages come in order, and so do answers, but an answer can overtake a message.
    private readonly SemaphoreSlim _asking = new(1, 1);
    private EarningFigures _toldInMessages;
    private EarningFigures _toldInAnswers;

    /// <summary>Which registered proxy this is.</summary>
    public RegisteredProxy Proxy { get; } = proxy;

    /// <summary>What the proxy attested.</summary>
    public PeerEvidence Evidence { get; } = evidence;

    /// <summary>The proxy's GPUs, as far as it attested them.</summary>
    public ImmutableArray<AttestedGpu> Gpus => exchange?.PeerGpus ?? [];

    /// <summary>What this worker earned there; null until both sides agree on it.</summary>
    public ProxyAccount? Account { get; private set; }

    /// <summary>The protocol version agreed on.</summary>
    public int ProtocolVersion => _version;

    /// <summary>Whether requests can come.</summary>
    public bool Ready { get; private set; }

    /// <summary>Requests of this proxy that run now.</summary>
    public int Running => _requests.Count;

    public void OnReady(Session session) => _session = session;

    /// <summary>Serves the session until it ends.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await HandshakeAsync(cancellationToken).ConfigureAwait(false);
            Ready = true;
            using var polling = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var status = PollStatusAsync(polling.Token);
            await _session!.Completion.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await polling.CancelAsync().ConfigureAwait(false);
            await status.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            await _session.Completion.ConfigureAwait(false);
        }
        finally
        {
            Ready = false;
            await _session!.DisposeAsync().ConfigureAwait(false);
            await _requests.WhenEmptyAsync().ConfigureAwait(false);
            await _announcements.WhenEmptyAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Tells the proxy whether this worker takes requests, if it has not been told so. Does not wait for it.</summary>
    public void Announce(bool disabled)
    {
        if (!Ready || _announcedDisabled == disabled)
            return;
        _announcedDisabled = disabled;
        _announcements.Add(TellAsync());

        async Task TellAsync()
        {
            try
            {
                await _session!.SendAsync(new WorkerEnabledDisabled(disabled ? 1 : 0), CancellationToken.None).ConfigureAwait(false);
            }
            catch (IOException)
            {
                // The session has ended; the next handshake tells the state anew.
            }
        }
    }

    /// <summary>Asks the proxy for its newest voucher.</summary>
    public async Task RefreshPaymentAsync(CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var status = await _session!.QueryAsync(new WorkerUpdatePaymentStatus(), StatusTimeout, cancellationToken).ConfigureAwait(false);
            Take(status.SignedPayment, status.DbTokens, status.MaxTokens, ref _toldInAnswers);
        }
        finally
        {
            _asking.Release();
        }
    }

    public async ValueTask<ITlObject> OnQueryAsync(ITlObject function, CancellationToken cancellationToken) =>
        function is AttestationProve prove && _serving
            ? await EvidenceMessages.AnswerAsync(exchange, prove, cancellationToken).ConfigureAwait(false)
            : throw new SessionQueryException(ErrorCodes.ProtocolViolation, $"a proxy does not ask a worker {function.GetType().Name}");

    public async ValueTask OnMessageAsync(ITlObject message, CancellationToken cancellationToken)
    {
        switch (message)
        {
            case ProxyRunQueryEx query:
                await StartAsync(
                    query.Query, query.SignedPayment, query.Coefficient, query.Timeout, query.RequestId, query.EnableDebug ?? false, cancellationToken).ConfigureAwait(false);
                break;
            case ProxyRunQuery query:
                await StartAsync(
                    query.Query, query.SignedPayment, query.Coefficient, query.Timeout, query.RequestId, false, cancellationToken).ConfigureAwait(false);
                break;
            case ProxyWorkerRequestPayment payment:
                Take(payment.SignedPayment, payment.DbTokens, payment.MaxTokens, ref _toldInMessages);
                break;
            case ProxySignedPayment payment:
                Take(payment, _toldInMessages.Stored.Value, _toldInMessages.Max.Value, ref _toldInMessages);
                break;
        }
    }

    // A refusal is awaited here, so that a proxy that does not read them cannot pile them up.
    private async ValueTask StartAsync(
        ReadOnlyMemory<byte> query, IProxySignedPayment payment, long coefficient, double timeout, Bits256 requestId, bool debug, CancellationToken cancellationToken)
    {
        if (Account is not { } account || !_serving)
        {
            _session!.Abort("the proxy sent a request before the handshake was complete");
            return;
        }
        if (payment is ProxySignedPayment signed
            && !TryKeep(account, signed, _toldInMessages.Stored.Value, _toldInMessages.Max.Value, ref _toldInMessages, out _))
        {
            return;
        }
        var answers = new WorkerAnswers(_session!.SendAsync, requestId, _version, debug, core.Node.Time.UnixNow(), core.Node.Time.UnixNow);
        if (coefficient != core.Options.Coefficient)
        {
            await answers.SendErrorAsync(
                ErrorCodes.ProtocolViolation, $"coefficient {coefficient} is not the announced {core.Options.Coefficient}", cancellationToken).ConfigureAwait(false);
        }
        else if (!core.Runner.TryEnter())
        {
            await answers.SendErrorAsync(ErrorCodes.Error, "too many active queries", cancellationToken).ConfigureAwait(false);
        }
        else
        {
            _requests.Add(RunAsync(answers, account, query, timeout, cancellationToken));
        }
    }

    private async Task RunAsync(WorkerAnswers answers, ProxyAccount account, ReadOnlyMemory<byte> query, double timeout, CancellationToken cancellationToken)
    {
        await Task.Yield();
        try
        {
            await core.Runner.RunAsync(
                answers, query, new Coefficient(core.Options.Coefficient), account.Parameters.Multipliers, timeout, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The connection is gone, and with it whoever wanted the answer; the session itself says why.
        }
    }

    private async Task HandshakeAsync(CancellationToken cancellationToken)
    {
        var registry = core.Node.Registry.Current.Registry;
        if (core.Options.CheckProxyHashes && !registry.ProxyImageHashes.Contains(Evidence.ImageHash))
            throw new IOException($"proxy image hash {Evidence.ImageHash} is not among the {registry.ProxyImageHashes.Count} that the registry lists{core.Node.References.Explain(Evidence.Measurements)}");
        var options = core.Options;
        var newest = ProtocolVersions.NewestOn(exchange is not null);
        var connected = await AskAsync(
            new WorkerConnectToProxy(new WorkerParams(
                core.Node.Text(core.Node.Owner), options.Model, options.Coefficient, registry.Parameters.IsTest, options.ProxyConnections, options.MaxActiveRequests, ProtocolVersions.FinalInfo, newest)),
            cancellationToken).ConfigureAwait(false);
        var introduction = ProxyIntroduction.Verify(connected.Params, registry.Parameters, core.Node.Registry.RootContract, exchange);
        var account = core.Accounts.Open(registry.Parameters, introduction.Contract, introduction.Key);
        ProxyIntroduction.RequireAddress("this worker's contract", connected.WorkerScAddress, account.Channel.Address);
        _version = introduction.ProtocolVersion;
        if (_version >= ProtocolVersions.FreshEvidence) await ExchangeEvidenceAsync(exchange!, cancellationToken).ConfigureAwait(false);
        // What the proxy had only in memory it may have lost; claiming no more than what it stored never contradicts it.
        var (stored, lost) = (account.Stored.Value, account.Max);
        var compared = await AskAsync(
            new WorkerCompareBalanceWithProxy(Math.Min(account.Voucher?.Tokens.Value ?? 0, stored), stored, stored), cancellationToken).ConfigureAwait(false);
        if (compared.SignedPayment is not ProxySignedPayment payment)
            throw new IOException("the proxy showed no voucher, wanted one even for zero tokens");
        if (account.Reconcile(payment.Data, compared.TokensCommittedToDb, compared.MaxTokens) is { } problem)
            throw new IOException($"the proxy's accounts do not match: {problem}");
        if (account.Max < lost)
            LogForgotten(Proxy.WorkerEndpoint, lost.Value - account.Max.Value);
        _toldInMessages = _toldInAnswers = account.Figures;
        Account = account;
        if (compared.ErrorCode != 0)
            await AskAsync(new WorkerExtendedCompareBalanceWithProxy(stored, ReadOnlyMemory<byte>.Empty), cancellationToken).ConfigureAwait(false);
        _announcedDisabled = !core.EngineHealthy;
        // Its answer and the first request may come together.
        _serving = true;
        _session!.AllowLargePackets();
        await AskAsync(new WorkerProxyHandshakeComplete(_announcedDisabled), cancellationToken).ConfigureAwait(false);
    }

    private async Task ExchangeEvidenceAsync(IEvidenceExchange exchange, CancellationToken cancellationToken)
    {
        try
        {
            await EvidenceMessages.ExchangeAsync(_session!, exchange, HandshakeTimeout + core.Options.Limits.GpuEvidence, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SessionQueryException or TimeoutException)
        {
            throw new IOException($"the proxy refused the handshake: {exception.Message}", exception);
        }
    }

    // A proxy whose accounts go backwards must not be worked for; a new handshake settles who is right. Before the end of the handshake
    // nothing is taken: the comparison and the next status tell it anew.
    private void Take(IProxySignedPayment payment, long stored, long max, ref EarningFigures told)
    {
        if (!_serving || Account is not { } account)
            return;
        string? problem = "it shows no voucher";
        if (payment is ProxySignedPayment signed && !TryKeep(account, signed, stored, max, ref told, out problem))
            return;
        if (problem is not null)
            _session!.Abort($"the proxy's payment is wrong: {problem}");
    }

    // Work whose pay cannot be kept is not worth doing.
    private bool TryKeep(ProxyAccount account, ProxySignedPayment payment, long stored, long max, ref EarningFigures told, out string? problem)
    {
        problem = null;
        try
        {
            problem = account.Update(payment.Data, stored, max, ref told);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _session!.Abort($"the proxy's voucher cannot be kept: {exception.Message}");
            return false;
        }
    }

    private async Task PollStatusAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var pause = TimeSpan.FromMilliseconds(System.Security.Cryptography.RandomNumberGenerator.GetInt32(10_000, 20_001));
            await Task.Delay(pause, core.Node.Time, cancellationToken).ConfigureAwait(false);
            try
            {
                await RefreshPaymentAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is SessionQueryException or TimeoutException)
            {
                LogNoStatus(Proxy.WorkerEndpoint, exception.Message);
            }
        }
    }

    private async Task<TResult> AskAsync<TResult>(ITlFunction<TResult> function, CancellationToken cancellationToken) where TResult : ITlObject
    {
        try
        {
            return await _session!.QueryAsync(function, HandshakeTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SessionQueryException or TimeoutException)
        {
            throw new IOException($"the proxy refused the handshake: {exception.Message}", exception);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Proxy {Proxy} has forgotten {Tokens} adjusted tokens that it had counted but not stored")]
    private partial void LogForgotten(ProxyEndpoint proxy, long tokens);

    [LoggerMessage(LogLevel.Warning, "Proxy {Proxy} does not tell what it owes: {Reason}")]
    private partial void LogNoStatus(ProxyEndpoint proxy, string reason);
}
