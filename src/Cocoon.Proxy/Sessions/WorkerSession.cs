using Cocoon.Attestation;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Registry;
using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Proxy.Ledger;
using Cocoon.Proxy.Relay;
using Cocoon.Proxy.Routing;
using Cocoon.Ton;

namespace Cocoon.Proxy.Sessions;

/// <summary>One worker's connection: its handshake, its queries, what it says of requests.</summary>
internal sealed class WorkerSession(ProxyCore core, PeerEvidence evidence) : ISessionHandler, IWorkerLink, IDisposable
{
    private const int MaxCoefficient = 1_000_000_000;
    private const int MaxModelTextLength = 1024;
    // Sane bounds for what a worker announces about itself; far above any real machine.
    private const int MaxAnnouncedRequests = 1_000_000;

    private Session? _session;
    private WorkerSessionState _state = WorkerSessionState.Connecting;

    /// <summary>What the pool knows of this worker; null until it has introduced itself.</summary>
    public WorkerConnection? Connection { get; private set; }

    public void OnReady(Session session) => _session = session;

    public ValueTask SendAsync(ITlObject message, CancellationToken cancellationToken) => _session!.SendAsync(message, cancellationToken);

    public ValueTask<ITlObject> OnQueryAsync(ITlObject function, CancellationToken cancellationToken) => ValueTask.FromResult(function switch
    {
        WorkerConnectToProxy connect => Connect(connect),
        WorkerCompareBalanceWithProxy compare => Compare(compare),
        WorkerExtendedCompareBalanceWithProxy => ExtendedCompare(),
        WorkerProxyHandshakeComplete complete => Complete(complete),
        WorkerUpdatePaymentStatus => PaymentStatus(),
        _ => throw new SessionQueryException(ErrorCodes.ProtocolViolation, $"a worker does not ask {function.GetType().Name}"),
    });

    public ValueTask OnMessageAsync(ITlObject message, CancellationToken cancellationToken)
    {
        if (Connection is not { } connection || _state != WorkerSessionState.Ready)
            return ValueTask.CompletedTask;
        switch (message)
        {
            case WorkerEnabledDisabled state:
                connection.Enabled = state.Disabled == 0;
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
        if (Connection is { } connection)
            core.Pool.Remove(connection);
    }

    private static (Bits256 Id, WorkerEvent Happened) Translate(ITlObject message) => message switch
    {
        ProxyQueryAnswerEx answer => (answer.RequestId, WorkerEvent.From(WorkerEventKind.Head, answer.Answer, answer.FinalInfo)),
        ProxyQueryAnswerPartEx part => (part.RequestId, WorkerEvent.From(WorkerEventKind.Part, part.Answer, part.FinalInfo)),
        ProxyQueryAnswerErrorEx error => (error.RequestId, WorkerEvent.Failure(error.ErrorCode, error.Error)),
        ProxyQueryAnswer answer => (answer.RequestId, WorkerEvent.From(WorkerEventKind.Head, answer.Answer, answer.IsCompleted ? answer.TokensUsed : null)),
        ProxyQueryAnswerPart part => (part.RequestId, WorkerEvent.From(WorkerEventKind.Part, part.Answer, part.IsCompleted ? part.TokensUsed : null)),
        ProxyQueryAnswerError error => (error.RequestId, WorkerEvent.Failure(error.ErrorCode, error.Error)),
        ProxyQueryAnswerPartError error => (error.RequestId, WorkerEvent.Failure(error.ErrorCode, error.Error)),
        _ => default,
    };

    private ITlObject Connect(WorkerConnectToProxy connect)
    {
        Advance(WorkerSessionState.Connecting, WorkerSessionState.Comparing);
        var registry = core.Node.Registry.Current.Registry;
        var worker = connect.Params;
        if (core.Options.CheckWorkerHashes && !registry.WorkerImageHashes.Contains(evidence.ImageHash))
            throw Violation($"invalid worker image hash {evidence.ImageHash}: the registry lists {registry.WorkerImageHashes.Count} worker images, not this one");
        if (worker.IsTest is not { } isTest)
            throw new SessionQueryException(ErrorCodes.Error, "too old worker");
        if (worker.Model.Length is 0 or > MaxModelTextLength)
            throw Violation($"invalid worker model: {worker.Model.Length} characters, wanted 1 to {MaxModelTextLength}");
        if (worker.Coefficient is < 0 or >= MaxCoefficient)
            throw Violation($"invalid coefficient value {worker.Coefficient}");
        if (worker.MaxActiveRequests is not (>= 1 and <= MaxAnnouncedRequests))
            throw Violation($"invalid max_active_requests value {worker.MaxActiveRequests}");
        if (worker.ProxyCnt is not (>= 1 and <= MaxAnnouncedRequests))
            throw Violation($"invalid proxy_cnt value {worker.ProxyCnt}");
        if (core.Options.CheckWorkerHashes && !IsListed(registry, worker.Model))
            throw Violation($"invalid worker model '{worker.Model}': the registry does not list it");
        var version = Handshake.Agree(core, isTest, worker.MinProtoVersion, worker.MaxProtoVersion);
        if (!TonAddress.TryParse(worker.WorkerOwnerAddress, out var owner))
            throw Violation("worker_owner_address is not a TON address");
        var limit = (worker.MaxActiveRequests.Value - 1) / worker.ProxyCnt.Value + 1;
        Connection = new WorkerConnection(owner, worker.Model, new Coefficient(worker.Coefficient), limit, version, evidence, this);
        core.Pool.Add(Connection);
        return new WorkerConnectedToProxy(Handshake.Params(core, version), core.Node.Text(core.Identity.Worker(owner).Address));
    }

    // The worker may only claim what this proxy once told it, and this proxy only tells what is durable: a higher claim means lost state.
    private ITlObject Compare(WorkerCompareBalanceWithProxy compare)
    {
        Expect(WorkerSessionState.Comparing);
        var counters = core.Ledger.Read(LedgerSide.Worker, Connection!.Owner);
        var stored = counters.Stored.Value;
        if (compare.TokensCommittedToBlockchain < 0 || compare.TokensCommittedToDb < 0 || compare.MaxTokens < 0)
            throw Violation("token counters must not be negative");
        if (compare.TokensCommittedToBlockchain > stored || compare.TokensCommittedToDb > stored)
        {
            throw Violation(
                $"the worker claims {compare.TokensCommittedToBlockchain} tokens on chain and {compare.TokensCommittedToDb} in the database, this proxy has {stored}: present 0 after a loss of state");
        }
        var behind = compare.MaxTokens > stored;
        _state = behind ? WorkerSessionState.ComparingExtended : WorkerSessionState.Finishing;
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
        Connection!.Enabled = !complete.IsDisabled;
        return new WorkerProxyHandshakeCompleted();
    }

    private WorkerPaymentStatus PaymentStatus()
    {
        Expect(WorkerSessionState.Ready);
        var stored = core.Ledger.Read(LedgerSide.Worker, Connection!.Owner).Stored.Value;
        return new WorkerPaymentStatus(core.Vouchers.CurrentPayment(LedgerSide.Worker, Connection.Owner), stored, stored);
    }

    // Registries list a model by its name or by its full text with commit and hash.
    private static bool IsListed(NetworkRegistry registry, string model) =>
        registry.ModelHashes.Contains(NetworkRegistry.ModelHash(model))
        || registry.ModelHashes.Contains(Bits256.Sha256(System.Text.Encoding.UTF8.GetBytes(model)));

    private static SessionQueryException Violation(string message) => new(ErrorCodes.ProtocolViolation, message);

    private void Expect(WorkerSessionState state)
    {
        if (_state != state)
            throw Violation($"the session is {_state}, this needs it {state}");
    }

    private void Advance(WorkerSessionState from, WorkerSessionState to)
    {
        Expect(from);
        _state = to;
    }
}
