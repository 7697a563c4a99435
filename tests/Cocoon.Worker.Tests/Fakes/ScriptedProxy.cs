using System.Threading.Channels;
using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Registry;
using Cocoon.Contracts.Vouchers;
using Cocoon.Cryptography;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Ton;
using Cocoon.Worker.Tests.Requests;

namespace Cocoon.Worker.Tests.Fakes;

/// <summary>A proxy that does what proxies do, unless the test says otherwise.</summary>
internal sealed class ScriptedProxy : ISessionHandler
{
    public static readonly TonAddress Owner = new(0, Bits256.Sha256("proxy owner"u8));

    private readonly Channel<ITlObject> _messages = System.Threading.Channels.Channel.CreateUnbounded<ITlObject>();
    private readonly List<ITlObject> _asked = [];
    private Session? _session;

    public ScriptedProxy(NetworkParameters parameters)
    {
        Contract = new ProxyContract(parameters, Owner, Key.PublicKey, TestNetwork.Root);
        Channel = new WorkerContract(parameters, TestNetwork.Owner, Contract.Address, Key.PublicKey);
        Introduce = () => new WorkerConnectedToProxy(
            new ProxyParams(Key.PublicKey.Bits, Text(Owner), Text(Contract.Address), true, 2), Text(Channel.Address));
        Compare = _ => new WorkerCompareBalanceWithProxyResult(Payment(Signed), Stored, Max, 0);
    }

    public Ed25519PrivateKey Key { get; } = Ed25519PrivateKey.FromSeed(Bits256.Sha256("proxy"u8).ToArray());

    public ProxyContract Contract { get; }

    public WorkerContract Channel { get; }

    public long Signed { get; set; }

    public long Stored { get; set; }

    public long Max { get; set; }

    public Func<WorkerConnectedToProxy> Introduce { get; set; }

    /// <summary>What it shows a worker of version 3.</summary>
    public byte[] Evidence { get; set; } = FakeExchange.Good;

    public Func<WorkerCompareBalanceWithProxy, WorkerCompareBalanceWithProxyResult> Compare { get; set; }

    /// <summary>Done before the comparison is answered.</summary>
    public Func<Task>? BeforeCompare { get; set; }

    /// <summary>Sent before the handshake's last answer.</summary>
    public ITlObject? Early { get; set; }

    public Func<ITlObject> Status { get; set; } = () => throw new SessionQueryException(601, "not now");

    public Session Session => _session!;

    public ITlObject[] Asked
    {
        get
        {
            lock (_asked) return [.. _asked];
        }
    }

    public static string Text(TonAddress address) => address.ToFriendly(bounceable: false, testnet: false);

    public Voucher Sign(long tokens, TonAddress? contract = null, VoucherKind kind = VoucherKind.WorkerPayout) =>
        Voucher.Sign(kind, 5, new AdjustedTokens(tokens), contract ?? Channel.Address, Owner, Key);

    public ProxySignedPayment Payment(long tokens) => new(Sign(tokens).ToBytes());

    public Task PayAsync(IProxySignedPayment payment, long stored, long max) =>
        SendAsync(new ProxyWorkerRequestPayment(Bits256.Zero, payment, stored, max, 1, ""));

    public Task AskAsync(string name, int coefficient = 1000, double timeout = 100) => SendAsync(Request(name, coefficient, timeout));

    public ProxyRunQueryEx Request(string name, int coefficient = 1000, double timeout = 100) => new(
        RequestValidatorTests.Query("""{"model":"m","messages":[]}"""u8.ToArray()), new ProxySignedPaymentEmpty(), coefficient, timeout,
        Bits256.Sha256(System.Text.Encoding.UTF8.GetBytes(name)), false);

    public Task SendAsync(ITlObject message) => Session.SendAsync(message, default).AsTask().WaitAsync(Eventually.Patience);

    public async Task<ITlObject> NextAsync() => await _messages.Reader.ReadAsync().AsTask().WaitAsync(Eventually.Patience);

    public void OnReady(Session session) => _session = session;

    public async ValueTask<ITlObject> OnQueryAsync(ITlObject function, CancellationToken cancellationToken)
    {
        lock (_asked) _asked.Add(function);
        switch (function)
        {
            case WorkerConnectToProxy:
                return Introduce();
            case AttestationExchange:
                return new AttestationEvidence(Evidence, []);
            case WorkerCompareBalanceWithProxy compare:
                if (BeforeCompare is { } before)
                    await before();
                return Compare(compare);
            case WorkerExtendedCompareBalanceWithProxy:
                return new WorkerExtendedCompareBalanceWithProxyResult(0);
            case WorkerProxyHandshakeComplete:
                if (Early is { } early)
                    await Session.SendAsync(early, cancellationToken);
                return new WorkerProxyHandshakeCompleted();
            case WorkerUpdatePaymentStatus:
                return Status();
            default:
                throw new SessionQueryException(ErrorCodes.Failure, "unknown query");
        }
    }

    public ValueTask OnMessageAsync(ITlObject message, CancellationToken cancellationToken) => _messages.Writer.WriteAsync(message, cancellationToken);
}
