using Cocoon.Attestation;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Registry;
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

/// <summary>One worker's connection: its handshake, its queries, what it says of requests.</summary>
internal sealed class WorkerSession(ProxyCore core, PeerEvidence evidence, IEvidenceExchange? exchange) : ISessionHandler, IWorkerLink, IDisposable
{
    private const int MaxCoefficient = 1_000_000_000;
    private const int MaxModelTextLength = 1024;
    // Sane bounds for what a worker announces about itself; far above any real machine.
    private const int MaxAnnouncedRequests = 1_000_000;

    private readonly Lock _gate = new();
    private readonly VoucherPush _push = new(core.Vouchers, LedgerSide.Worker);
    private Session? _session;
    private bool _ended;
    private bool _willing;
    private bool _told;
    private WorkerSessionState _state = WorkerSessionState.Connecting;

    /// <summary>What the pool knows of this worker; null until it has introduced itself.</summary>
    public WorkerConnection? Connection { get; private set; }

    /// <summary>Whether the handshake is complete.</summary>
    public bool Ready => _state == WorkerSessionState.Ready;

    public void OnReady(Session session) => _session = session;

    /// <summary>Closes the connection if the registry does not allow this worker any more.</summary>
    public void Recheck(NetworkRegistry registry)
    {
        if (Connection is { } connection && Delisted(registry, connection.ModelText) is { } reason)
            _session?.Abort(reason);
    }

    public ValueTask SendAsync(ITlObject message, CancellationToken cancellationToken) => _session!.SendAsync(message, cancellationToken);

    public Task<AttestationEvidence> ProveAsync(Bits256 nonce, TimeSpan timeout, CancellationToken cancellationToken) =>
        _session!.QueryAsync(new AttestationProve(nonce), timeout, cancellationToken);

    /// <summary>Shows the worker its newest voucher, unasked.</summary>
    public Task ShowVoucherAsync() => Ready ? _push.ShowAsync(Connection!.Owner, SendAsync, core.Stopping) : Task.CompletedTask;

    public async ValueTask<ITlObject> OnQueryAsync(ITlObject function, CancellationToken cancellationToken) => function switch
    {
        WorkerConnectToProxy connect => Connect(connect),
        AttestationExchange shown => await ExchangeAsync(shown, cancellationToken).ConfigureAwait(false),
        WorkerCompareBalanceWithProxy compare => Compare(compare),
        WorkerExtendedCompareBalanceWithProxy => ExtendedCompare(),
        WorkerProxyHandshakeComplete complete => Complete(complete),
        WorkerUpdatePaymentStatus => PaymentStatus(),
        _ => throw new SessionQueryException(ErrorCodes.ProtocolViolation, $"a worker does not ask {function.GetType().Name}") { EndsSession = !Ready },
    };

    // A request that overtook the end of the handshake would find a worker that does not expect one yet.
    public void OnAnswered(ITlObject function)
    {
        if (function is not WorkerProxyHandshakeComplete)
            return;
        lock (_gate)
        {
            _told = true;
            Connection!.Enabled = _willing;
        }
    }

    public ValueTask OnMessageAsync(ITlObject message, CancellationToken cancellationToken)
    {
        if (Connection is not { } connection)
            return ValueTask.CompletedTask;
        switch (message)
        {
            case WorkerEnabledDisabled state:
                // Before the end of the handshake it means nothing: that end says it anew.
                if (Ready) SetWilling(state.Disabled == 0);
                break;
            case WorkerNewCoefficient coefficient:
                if (coefficient.NewCoefficient is < 0 or >= MaxCoefficient)
                    throw new SessionQueryException(ErrorCodes.ProtocolViolation, $"invalid coefficient value {coefficient.NewCoefficient}");
                connection.Coefficient = new Coefficient(coefficient.NewCoefficient);
                break;
            default:
                var (id, happened) = Translate(message);
                connection.FindTask(id)?.Offer(happened);
                break;
        }
        return ValueTask.CompletedTask;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _ended = true;
            if (Connection is { } connection)
                core.Pool.Remove(connection);
        }
    }

    private static (Bits256 Id, WorkerEvent Happened) Translate(ITlObject message) => message switch
    {
        ProxyQueryAnswerEx answer => (answer.RequestId, WorkerEvent.From(WorkerEventKind.Head, answer.Answer, answer.FinalInfo)),
        ProxyQueryAnswerPartEx part => (part.RequestId, WorkerEvent.From(WorkerEventKind.Part, part.Answer, part.FinalInfo)),
        ProxyQueryAnswerErrorEx error => (error.RequestId, WorkerEvent.Failure(error.ErrorCode, error.Error, error.FinalInfo)),
        ProxyQueryAnswer answer => (answer.RequestId, WorkerEvent.From(WorkerEventKind.Head, answer.Answer, answer.IsCompleted ? answer.TokensUsed : null)),
        ProxyQueryAnswerPart part => (part.RequestId, WorkerEvent.From(WorkerEventKind.Part, part.Answer, part.IsCompleted ? part.TokensUsed : null)),
        ProxyQueryAnswerError error => (error.RequestId, WorkerEvent.Failure(error.ErrorCode, error.Error)),
        ProxyQueryAnswerPartError error => (error.RequestId, WorkerEvent.Failure(error.ErrorCode, error.Error)),
        _ => default,
    };

    private ITlObject Connect(WorkerConnectToProxy connect)
    {
        Advance(WorkerSessionState.Connecting, WorkerSessionState.Introducing);
        var registry = core.Registry.Current.Registry;
        var worker = connect.Params;
        if (core.Options.CheckWorkerHashes && !registry.WorkerImageHashes.Contains(evidence.ImageHash))
            throw Handshake.Violation(UnknownImage(registry));
        if (worker.IsTest is not { } isTest)
            throw Handshake.Refuse(ErrorCodes.Error, "too old worker");
        Handshake.CheckTest(core, isTest);
        if (worker.Model.Length is 0 or > MaxModelTextLength || worker.Model[0] == '@')
            throw Handshake.Violation($"invalid worker model: {worker.Model.Length} characters, wanted a name and 1 to {MaxModelTextLength}");
        if (worker.Coefficient is < 0 or >= MaxCoefficient)
            throw Handshake.Violation($"invalid coefficient value {worker.Coefficient}");
        if (worker.MaxActiveRequests is not (>= 1 and <= MaxAnnouncedRequests))
            throw Handshake.Violation($"invalid max_active_requests value {worker.MaxActiveRequests}");
        if (worker.ProxyCnt is not (>= 1 and <= MaxAnnouncedRequests))
            throw Handshake.Violation($"invalid proxy_cnt value {worker.ProxyCnt}");
        if (Delisted(registry, worker.Model) is { } reason)
            throw Handshake.Violation(reason);
        var version = Handshake.Agree(worker.MinProtoVersion, worker.MaxProtoVersion, exchange);
        if (!TonAddress.TryParse(worker.WorkerOwnerAddress, out var owner))
            throw Handshake.Violation("worker_owner_address is not a TON address");
        var limit = (worker.MaxActiveRequests.Value - 1) / worker.ProxyCnt.Value + 1;
        lock (_gate)
        {
            // The connection may have ended meanwhile, and then nobody would take it out of the pool again.
            if (_ended)
                throw Handshake.Refuse(ErrorCodes.NotReady, "the connection has ended");
            Connection = new WorkerConnection(owner, worker.Model, new Coefficient(worker.Coefficient), limit, version, evidence, this);
            core.Pool.Add(Connection);
            _state = version >= ProtocolVersions.FreshEvidence ? WorkerSessionState.Proving : WorkerSessionState.Comparing;
        }
        // A worker may have many GPUs.
        if (version >= ProtocolVersions.FreshEvidence) _session!.AllowLargePackets(EvidenceMessages.MaxPacketSize);
        return new WorkerConnectedToProxy(Handshake.Params(core, version), core.Text(core.Identity.Worker(owner).Address));
    }

    private async Task<ITlObject> ExchangeAsync(AttestationExchange shown, CancellationToken cancellationToken)
    {
        Advance(WorkerSessionState.Proving, WorkerSessionState.Judging);
        _session!.AllowSmallPackets();
        var own = await Handshake.ExchangeAsync(exchange!, shown, cancellationToken).ConfigureAwait(false);
        Connection!.Gpus = exchange!.PeerGpus;
        Advance(WorkerSessionState.Judging, WorkerSessionState.Comparing);
        return own;
    }

    // The worker may only claim what this proxy once told it, and this proxy only tells what is durable: a higher claim means lost state.
    private ITlObject Compare(WorkerCompareBalanceWithProxy compare)
    {
        Advance(WorkerSessionState.Comparing, WorkerSessionState.Finishing);
        var counters = core.Ledger.Read(LedgerSide.Worker, Connection!.Owner);
        var (stored, committed) = (counters.Stored.Value, counters.Committed.Value);
        if (compare.TokensCommittedToBlockchain < 0 || compare.TokensCommittedToDb < 0 || compare.MaxTokens < 0)
            throw Handshake.Violation("token counters must not be negative");
        if (compare.TokensCommittedToBlockchain > committed || compare.TokensCommittedToDb > stored)
        {
            throw Handshake.Violation(
                $"the worker claims {compare.TokensCommittedToBlockchain} tokens on chain and {compare.TokensCommittedToDb} in the database, this proxy has {committed} and {stored}: present 0 after a loss of state");
        }
        var behind = compare.MaxTokens > stored;
        if (behind) Advance(WorkerSessionState.Finishing, WorkerSessionState.ComparingExtended);
        return new WorkerCompareBalanceWithProxyResult(core.Vouchers.CurrentPayment(LedgerSide.Worker, Connection.Owner), stored, stored, behind ? 1 : 0);
    }

    private WorkerExtendedCompareBalanceWithProxyResult ExtendedCompare()
    {
        Advance(WorkerSessionState.ComparingExtended, WorkerSessionState.Finishing);
        return new WorkerExtendedCompareBalanceWithProxyResult(0);
    }

    private WorkerProxyHandshakeCompleted Complete(WorkerProxyHandshakeComplete complete)
    {
        Advance(WorkerSessionState.Finishing, WorkerSessionState.Ready);
        // Once more: the registry may have changed before this worker could be found by who watches it.
        if (Delisted(core.Registry.Current.Registry, Connection!.ModelText) is { } reason)
            throw Handshake.Violation(reason);
        SetWilling(!complete.IsDisabled);
        _session!.AllowLargePackets();
        return new WorkerProxyHandshakeCompleted();
    }

    private void SetWilling(bool willing)
    {
        lock (_gate)
        {
            _willing = willing;
            if (_told) Connection!.Enabled = willing;
        }
    }

    private FreshMessage PaymentStatus()
    {
        Expect(WorkerSessionState.Ready);
        var owner = Connection!.Owner;
        return new FreshMessage(WorkerPaymentStatus.TlId, () =>
        {
            var stored = core.Ledger.Read(LedgerSide.Worker, owner).Stored.Value;
            return new WorkerPaymentStatus(core.Vouchers.CurrentPayment(LedgerSide.Worker, owner), stored, stored);
        });
    }

    private string UnknownImage(NetworkRegistry registry) =>
        $"invalid worker image hash {evidence.ImageHash}: the registry lists {registry.WorkerImageHashes.Count} worker images, not this one{core.References.Explain(evidence.Measurements)}";

    /// <summary>Why the registry does not allow this worker; null when it does or is not asked.</summary>
    private string? Delisted(NetworkRegistry registry, string model) =>
        !core.Options.CheckWorkerHashes ? null
        : !registry.WorkerImageHashes.Contains(evidence.ImageHash) ? UnknownImage(registry)
        : !IsListed(registry, model) ? $"invalid worker model '{model}': the registry does not list it"
        : null;

    // Registries list a model by its name or by its full text with commit and hash.
    private static bool IsListed(NetworkRegistry registry, string model) =>
        registry.ModelHashes.Contains(NetworkRegistry.ModelHash(model))
        || registry.ModelHashes.Contains(Bits256.Sha256(System.Text.Encoding.UTF8.GetBytes(model)));

    private void Expect(WorkerSessionState state)
    {
        if (_state != state)
            throw Handshake.Violation($"the session is {_state}, this needs it {state}");
    }

    private void Advance(WorkerSessionState from, WorkerSessionState to)
    {
        lock (_gate)
        {
            Expect(from);
            _state = to;
        }
    }
}
