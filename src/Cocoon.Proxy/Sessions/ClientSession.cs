using System.Security.Cryptography;
using Cocoon.Attestation;
using Cocoon.Contracts.Channels;
using Cocoon.Cryptography;
using Cocoon.Node;
using Cocoon.Node.Connections;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Proxy.Ledger;
using Cocoon.Proxy.Relay;
using Cocoon.Proxy.Routing;
using Cocoon.Ton;
using Cocoon.Ton.Cells;
using Cocoon.Ton.Chain;

namespace Cocoon.Proxy.Sessions;

/// <summary>One client's connection: its handshake, its queries, its requests.</summary>
internal sealed class ClientSession(ProxyCore core, PeerEvidence evidence, IEvidenceExchange? exchange) : ISessionHandler, IClientLink, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<Bits256> _running = [];
    private readonly TaskSet _requests = new();
    private readonly VoucherPush _push = new(core.Vouchers, LedgerSide.Client);
    private Session? _session;
    private ClientSessionState _state = ClientSessionState.Connecting;
    private Bits256 _secretHash;
    private long _runningBytes;
    private bool _ended;
    private bool _askingWorker;
    private ulong _nonce;

    public TonAddress Owner { get; private set; }

    public int ProtocolVersion { get; private set; }

    public PeerEvidence Evidence { get; } = evidence;

    public int Running => _requests.Count;

    public bool Ready => _state == ClientSessionState.Ready;

    public void OnReady(Session session) => _session = session;

    public ValueTask SendAsync(ITlObject message, CancellationToken cancellationToken) => _session!.SendAsync(message, cancellationToken);

    /// <summary>Shows the client its newest voucher, unasked.</summary>
    public Task ShowVoucherAsync() => Ready ? _push.ShowAsync(Owner, SendAsync, core.Stopping) : Task.CompletedTask;

    public async ValueTask<ITlObject> OnQueryAsync(ITlObject function, CancellationToken cancellationToken) => function switch
    {
        ClientConnectToProxy connect => await ConnectAsync(connect, cancellationToken).ConfigureAwait(false),
        AttestationExchange shown => await ExchangeAsync(shown, cancellationToken).ConfigureAwait(false),
        AttestationProve prove => await ProveAsync(prove, cancellationToken).ConfigureAwait(false),
        ClientGetWorkerEvidence wanted => await WorkerEvidenceAsync(wanted, cancellationToken).ConfigureAwait(false),
        ClientAuthorizeWithProxyShort auth => AuthorizeShort(auth),
        ClientAuthorizeWithProxyLong => await AuthorizeLongAsync(cancellationToken).ConfigureAwait(false),
        ClientUpdatePaymentStatus => PaymentStatus(),
        ClientGetWorkerTypesV2 => WorkerTypesV2(),
        ClientGetWorkerTypes => WorkerTypes(),
        ClientRequestRefund => Refund(),
        _ => throw new SessionQueryException(ErrorCodes.ProtocolViolation, $"a client does not ask {function.GetType().Name}") { EndsSession = !Ready },
    };

    public async ValueTask OnMessageAsync(ITlObject message, CancellationToken cancellationToken)
    {
        var request = message switch
        {
            ClientRunQueryEx query => RelayRequest.From(query),
            ClientRunQuery query => RelayRequest.From(query),
            _ => null,
        };
        if (request is null)
            return;
        if (Admit(request) is { } refusal)
        {
            var now = core.Time.UnixNow();
            await new ClientAnswers(this, request.Id, false, now)
                .SendErrorAsync(refusal.Code, refusal.Text, default, now, cancellationToken).ConfigureAwait(false);
            return;
        }
        _requests.Add(RunAsync(request));
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _ended = true;
            core.Registrations.Forget(_nonce);
        }
        await _requests.WhenEmptyAsync().ConfigureAwait(false);
    }

    private (int Code, string Text)? Admit(RelayRequest request)
    {
        lock (_gate)
        {
            if (_state != ClientSessionState.Ready)
                return (ErrorCodes.ProtocolViolation, "expected auth message");
            if (_running.Count >= core.Options.MaxRequestsPerConnection)
                return (ErrorCodes.NotReady, $"{_running.Count} requests run on this connection, {core.Options.MaxRequestsPerConnection} are allowed");
            // Requests keep their bytes until they are answered. One alone is taken whatever its size: no packet is larger than the network allows.
            if (_running.Count > 0 && _runningBytes + request.Query.Length > core.Options.MaxRequestBytesPerConnection)
                return (ErrorCodes.NotReady, $"{_runningBytes} bytes of requests run on this connection, {core.Options.MaxRequestBytesPerConnection} are allowed");
            if (!_running.Add(request.Id))
                return (ErrorCodes.ProtocolViolation, "a request with this id is running");
            _runningBytes += request.Query.Length;
            return null;
        }
    }

    private async Task RunAsync(RelayRequest request)
    {
        await Task.Yield();
        try
        {
            await core.Relay.RunAsync(this, request, core.Stopping).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                _running.Remove(request.Id);
                _runningBytes -= request.Query.Length;
            }
        }
    }

    private async Task<ITlObject> ConnectAsync(ClientConnectToProxy connect, CancellationToken cancellationToken)
    {
        Advance(ClientSessionState.Connecting, ClientSessionState.Introducing);
        var parameters = connect.Params;
        if (parameters.IsTest is not { } isTest)
            throw Handshake.Refuse(ErrorCodes.Error, "too old client");
        Handshake.CheckTest(core, isTest);
        if (!TonAddress.TryParse(parameters.ClientOwnerAddress, out var owner))
            throw Handshake.Violation("client_owner_address is not a TON address");
        var registry = core.Registry.Current.Registry;
        if ((uint)connect.MinConfigVersion > registry.Version)
            throw Handshake.Refuse(ErrorCodes.Error, $"active config version is too low: {registry.Version}, wanted {(uint)connect.MinConfigVersion}");
        var version = Handshake.Agree(parameters.MinProtoVersion, parameters.MaxProtoVersion, exchange);
        var state = await ReadChannelAsync(owner, cancellationToken).ConfigureAwait(false);
        if (state is { Phase: not ContractPhase.Normal })
            throw Handshake.Refuse(ErrorCodes.Error, "client is closing");
        lock (_gate)
        {
            // The connection may have ended meanwhile, and then nobody would take the nonce back.
            if (_ended)
                throw Handshake.Refuse(ErrorCodes.NotReady, "the connection has ended");
            Owner = owner;
            ProtocolVersion = version;
            _nonce = core.Registrations.Issue(owner);
            _secretHash = state?.SecretHash ?? default;
            _state = version >= ProtocolVersions.FreshEvidence ? ClientSessionState.Proving : ClientSessionState.Authorizing;
        }
        // An unset secret has no preimage anybody could show.
        IClientProxyConnectionAuth auth = _secretHash == Bits256.Zero
            ? new ClientProxyConnectionAuthLong(unchecked((long)_nonce))
            : new ClientProxyConnectionAuthShort(_secretHash, unchecked((long)_nonce));
        return new ClientConnectedToProxy(
            Handshake.Params(core, version), core.Text(core.Identity.Client(owner).Address), auth, core.Vouchers.CurrentPayment(LedgerSide.Client, owner));
    }

    private async Task<ITlObject> ExchangeAsync(AttestationExchange shown, CancellationToken cancellationToken)
    {
        Advance(ClientSessionState.Proving, ClientSessionState.Judging);
        var own = await Handshake.ExchangeAsync(exchange!, shown, cancellationToken).ConfigureAwait(false);
        Advance(ClientSessionState.Judging, ClientSessionState.Authorizing);
        return own;
    }

    private async Task<ITlObject> ProveAsync(AttestationProve prove, CancellationToken cancellationToken)
    {
        Expect(ClientSessionState.Ready);
        return await EvidenceMessages.AnswerAsync(exchange, prove, cancellationToken).ConfigureAwait(false);
    }

    // One at a time: each costs a worker a quote, which hardware makes slowly.
    private async Task<ITlObject> WorkerEvidenceAsync(ClientGetWorkerEvidence wanted, CancellationToken cancellationToken)
    {
        Expect(ClientSessionState.Ready);
        if (ProtocolVersion < ProtocolVersions.FreshEvidence)
            throw new SessionQueryException(ErrorCodes.ProtocolViolation, $"the session speaks version {ProtocolVersion}, this needs {ProtocolVersions.FreshEvidence}");
        if (Interlocked.Exchange(ref _askingWorker, true))
            throw new SessionQueryException(ErrorCodes.NotReady, "a worker is being asked for evidence on this connection already; wait for its answer");
        try
        {
            return await new WorkerProofs(core.Pool, core.Options.Limits.GpuEvidence, core.Time).GetAsync(wanted, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _askingWorker, false);
        }
    }

    private ITlObject AuthorizeShort(ClientAuthorizeWithProxyShort auth)
    {
        Expect(ClientSessionState.Authorizing);
        Span<byte> hash = stackalloc byte[Bits256.Size];
        SHA256.HashData(auth.Data.Span, hash);
        if (_secretHash == Bits256.Zero || new Bits256(hash) != _secretHash)
            throw Handshake.Refuse(ErrorCodes.Error, "sha256 mismatch");
        return Authorized(ClientSessionState.Authorizing);
    }

    private async Task<ITlObject> AuthorizeLongAsync(CancellationToken cancellationToken)
    {
        Advance(ClientSessionState.Authorizing, ClientSessionState.Registering);
        // Without a chain nothing could ever show the nonce, and the network's nodes do not ask for it.
        if (core.Channels.AreOnChain)
            await core.Registrations.WaitAsync(_nonce, cancellationToken).ConfigureAwait(false);
        await ReadChannelAsync(Owner, cancellationToken).ConfigureAwait(false);
        return Authorized(ClientSessionState.Registering);
    }

    private async Task<ClientContractState?> ReadChannelAsync(TonAddress owner, CancellationToken cancellationToken)
    {
        try
        {
            return await core.Channels.RefreshAsync(owner, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TonChainException or HttpRequestException or CellFormatException)
        {
            throw Handshake.Refuse(ErrorCodes.NotReady, "the client's contract cannot be read now");
        }
    }

    private ClientAuthorizationWithProxySuccess Authorized(ClientSessionState from)
    {
        Advance(from, ClientSessionState.Ready);
        core.Registrations.Forget(_nonce);
        _session!.AllowLargePackets();
        var stored = core.Ledger.Read(LedgerSide.Client, Owner).Stored.Value;
        return new ClientAuthorizationWithProxySuccess(core.Vouchers.CurrentPayment(LedgerSide.Client, Owner), stored, stored);
    }

    private ClientPaymentStatus PaymentStatus()
    {
        Expect(ClientSessionState.Ready);
        var stored = core.Ledger.Read(LedgerSide.Client, Owner).Stored.Value;
        return new ClientPaymentStatus(core.Vouchers.CurrentPayment(LedgerSide.Client, Owner), stored, stored);
    }

    private ClientWorkerTypesV2 WorkerTypesV2()
    {
        Expect(ClientSessionState.Ready);
        return new ClientWorkerTypesV2([.. core.Pool.Snapshot().Select(model => new ClientWorkerTypeV2(
            model.Key,
            [.. model.Value.Where(worker => worker.Enabled).OrderBy(worker => worker.Coefficient)
                .Select(worker => new ClientWorkerInstanceV2(worker.Coefficient.Thousandths, worker.Running, worker.Limit))]))]);
    }

    private ClientWorkerTypes WorkerTypes()
    {
        Expect(ClientSessionState.Ready);
        return new ClientWorkerTypes([.. core.Pool.Snapshot().Select(model =>
        {
            var coefficients = model.Value.Select(worker => worker.Coefficient.Thousandths).Order().ToArray();
            return new ClientWorkerType(
                model.Key, coefficients.Length, coefficients.FirstOrDefault(), coefficients.ElementAtOrDefault(coefficients.Length / 2), coefficients.LastOrDefault());
        })]);
    }

    // A refund for an open channel would be money back for what the client can still use.
    private IClientRefund Refund()
    {
        Expect(ClientSessionState.Ready);
        if (core.Ledger.Read(LedgerSide.Client, Owner).Running is > 0 and var running)
            return new ClientRefundRejected(running);
        if (core.Channels.Find(Owner) is not { Phase: not ContractPhase.Normal, IsOwedRefund: true } and var channel)
        {
            throw new SessionQueryException(ErrorCodes.Error, channel is { Phase: ContractPhase.Closed }
                ? "the channel is closed already: what was left in it has been paid out"
                : "the channel is not closing: request the refund on chain first, then ask again");
        }
        return core.Vouchers.Closing(Owner) is { } voucher
            ? new ClientRefund(voucher.ToBytes())
            : throw new SessionQueryException(ErrorCodes.NotReady, "what was used is not committed on chain yet: ask again later");
    }

    private void Expect(ClientSessionState state)
    {
        if (_state != state)
            throw Handshake.Violation($"the session is {_state}, this needs it {state}");
    }

    private void Advance(ClientSessionState from, ClientSessionState to)
    {
        lock (_gate)
        {
            Expect(from);
            _state = to;
        }
    }
}
