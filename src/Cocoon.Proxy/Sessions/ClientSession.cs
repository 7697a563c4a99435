using System.Security.Cryptography;
using Cocoon.Attestation;
using Cocoon.Contracts.Channels;
using Cocoon.Cryptography;
using Cocoon.Node.Connections;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Proxy.Ledger;
using Cocoon.Proxy.Relay;
using Cocoon.Proxy.Routing;
using Cocoon.Ton;

namespace Cocoon.Proxy.Sessions;

/// <summary>One client's connection: its handshake, its queries, its requests.</summary>
internal sealed class ClientSession(ProxyCore core, PeerEvidence evidence) : ISessionHandler, IClientLink, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<Bits256> _running = [];
    private readonly TaskSet _requests = new();
    private Session? _session;
    private ClientSessionState _state = ClientSessionState.Connecting;
    private Bits256 _secretHash;
    private ulong _nonce;

    public TonAddress Owner { get; private set; }

    public int ProtocolVersion { get; private set; }

    public PeerEvidence Evidence { get; } = evidence;

    public int Running => _requests.Count;

    public bool Ready => _state == ClientSessionState.Ready;

    public void OnReady(Session session) => _session = session;

    public ValueTask SendAsync(ITlObject message, CancellationToken cancellationToken) => _session!.SendAsync(message, cancellationToken);

    public async ValueTask<ITlObject> OnQueryAsync(ITlObject function, CancellationToken cancellationToken) => function switch
    {
        ClientConnectToProxy connect => await ConnectAsync(connect, cancellationToken).ConfigureAwait(false),
        ClientAuthorizeWithProxyShort auth => AuthorizeShort(auth),
        ClientAuthorizeWithProxyLong => await AuthorizeLongAsync(cancellationToken).ConfigureAwait(false),
        ClientUpdatePaymentStatus => PaymentStatus(),
        ClientGetWorkerTypesV2 => WorkerTypesV2(),
        ClientGetWorkerTypes => WorkerTypes(),
        _ => throw new SessionQueryException(ErrorCodes.ProtocolViolation, $"a client does not ask {function.GetType().Name}"),
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
            var now = core.UnixNow();
            await new ClientAnswers(this, request.Id, false, now)
                .SendErrorAsync(ErrorCodes.ProtocolViolation, refusal, default, now, cancellationToken).ConfigureAwait(false);
            return;
        }
        _requests.Add(RunAsync(request));
    }

    public async ValueTask DisposeAsync()
    {
        core.Registrations.Forget(_nonce);
        await _requests.WhenEmptyAsync().ConfigureAwait(false);
    }

    private string? Admit(RelayRequest request)
    {
        lock (_gate)
        {
            if (_state != ClientSessionState.Ready)
                return "expected auth message";
            if (_running.Count >= core.Options.MaxRequestsPerConnection)
                return $"{_running.Count} requests run on this connection, {core.Options.MaxRequestsPerConnection} are allowed";
            return _running.Add(request.Id) ? null : "a request with this id is running";
        }
    }

    private async Task RunAsync(RelayRequest request)
    {
        await Task.Yield();
        await core.Relay.RunAsync(this, request, core.Stopping).ConfigureAwait(false);
        lock (_gate) _running.Remove(request.Id);
    }

    private async Task<ITlObject> ConnectAsync(ClientConnectToProxy connect, CancellationToken cancellationToken)
    {
        Advance(ClientSessionState.Connecting, ClientSessionState.Authorizing);
        var parameters = connect.Params;
        if (parameters.IsTest is not { } isTest)
            throw new SessionQueryException(ErrorCodes.Error, "too old client");
        var version = Handshake.Agree(core, isTest, parameters.MinProtoVersion, parameters.MaxProtoVersion);
        if (!TonAddress.TryParse(parameters.ClientOwnerAddress, out var owner))
            throw new SessionQueryException(ErrorCodes.ProtocolViolation, "client_owner_address is not a TON address");
        var registry = core.Node.Registry.Current.Registry;
        if ((uint)connect.MinConfigVersion > registry.Version)
            throw new SessionQueryException(ErrorCodes.Error, $"active config version is too low: {registry.Version}, wanted {(uint)connect.MinConfigVersion}");
        var state = await core.Channels.RefreshAsync(owner, cancellationToken).ConfigureAwait(false);
        if (state is { Phase: not ContractPhase.Normal })
            throw new SessionQueryException(ErrorCodes.Error, "client is closing");
        Owner = owner;
        ProtocolVersion = version;
        _nonce = core.Registrations.Issue(owner);
        _secretHash = state?.SecretHash ?? default;
        // An unset secret has no preimage anybody could show.
        IClientProxyConnectionAuth auth = _secretHash == Bits256.Zero
            ? new ClientProxyConnectionAuthLong(unchecked((long)_nonce))
            : new ClientProxyConnectionAuthShort(_secretHash, unchecked((long)_nonce));
        return new ClientConnectedToProxy(
            Handshake.Params(core, version), core.Node.Text(core.Identity.Client(owner).Address), auth, core.Vouchers.CurrentPayment(LedgerSide.Client, owner));
    }

    private ITlObject AuthorizeShort(ClientAuthorizeWithProxyShort auth)
    {
        Expect(ClientSessionState.Authorizing);
        Span<byte> hash = stackalloc byte[Bits256.Size];
        SHA256.HashData(auth.Data.Span, hash);
        if (_secretHash == Bits256.Zero || new Bits256(hash) != _secretHash)
            throw new SessionQueryException(ErrorCodes.Error, "sha256 mismatch");
        return Authorized();
    }

    private async Task<ITlObject> AuthorizeLongAsync(CancellationToken cancellationToken)
    {
        Expect(ClientSessionState.Authorizing);
        await core.Registrations.WaitAsync(_nonce, cancellationToken).ConfigureAwait(false);
        await core.Channels.RefreshAsync(Owner, cancellationToken).ConfigureAwait(false);
        return Authorized();
    }

    private ClientAuthorizationWithProxySuccess Authorized()
    {
        Advance(ClientSessionState.Authorizing, ClientSessionState.Ready);
        core.Registrations.Forget(_nonce);
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

    private void Expect(ClientSessionState state)
    {
        if (_state != state)
            throw new SessionQueryException(ErrorCodes.ProtocolViolation, $"the session is {_state}, this needs it {state}");
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
