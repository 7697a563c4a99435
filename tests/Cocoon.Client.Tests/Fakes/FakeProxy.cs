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

namespace Cocoon.Client.Tests.Fakes;

/// <summary>The other side of a session: shakes hands as a proxy does, then does what the test says.</summary>
internal sealed class FakeProxy : ISessionHandler
{
    public static readonly TonAddress Owner = new(0, Bits256.Sha256("proxy owner"u8));

    private readonly System.Threading.Channels.Channel<ITlObject> _requests = System.Threading.Channels.Channel.CreateUnbounded<ITlObject>();
    private readonly TaskCompletionSource _registered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly NetworkParameters _parameters;
    private readonly TonAddress _root;
    private Session? _session;

    public FakeProxy(NetworkParameters parameters, TonAddress root)
    {
        _parameters = parameters;
        _root = root;
        Contract = new ProxyContract(parameters, Owner, Key.PublicKey, root);
        Channel = new ClientContract(parameters, FakeWallet.WalletAddress, Contract.Address, Key.PublicKey);
    }

    public Ed25519PrivateKey Key { get; } = Ed25519PrivateKey.FromSeed(Bits256.Sha256("proxy"u8).ToArray());

    public ProxyContract Contract { get; }

    public ClientContract Channel { get; }

    /// <summary>0 leaves the version fields out.</summary>
    public int ProtocolVersion { get; set; } = 2;

    /// <summary>What it shows a client of version 3.</summary>
    public byte[] Evidence { get; set; } = FakeExchange.Good;

    /// <summary>How it proves itself for a nonce; honest unless a test says otherwise.</summary>
    public Func<Bits256, Task<AttestationEvidence>>? Prove { get; set; }

    /// <summary>How its worker does.</summary>
    public Func<ClientGetWorkerEvidence, Task<ClientWorkerEvidence>>? ProveWorker { get; set; }

    /// <summary>The key of its worker.</summary>
    public static Ed25519PublicKey WorkerKey { get; } = new(Bits256.Sha256("worker"u8));

    /// <summary>What it was shown.</summary>
    public AttestationExchange? Shown { get; private set; }

    /// <summary>The hash a known client is asked the secret for; null makes the client unknown.</summary>
    public Bits256? SecretHash { get; set; }

    public string? ContractText { get; set; }

    public long Nonce { get; set; } = 77;

    public long MaxTokens { get; set; }

    public ClientConnectToProxy? Hello { get; private set; }

    public List<ClientWorkerTypeV2> Models { get; } = [];

    public Session Session => _session!;

    public Voucher Sign(long tokens, VoucherKind kind = VoucherKind.ClientCharge) =>
        Voucher.Sign(kind, 5, new AdjustedTokens(tokens), Channel.Address, Owner, Key);

    public void OnReady(Session session) => _session = session;

    public void ClientRegistered() => _registered.TrySetResult();

    public async Task<ClientRunQueryEx> NextAsync() => (ClientRunQueryEx)await NextObjectAsync();

    public async Task<ITlObject> NextObjectAsync() => await _requests.Reader.ReadAsync().AsTask().WaitAsync(ClientBench.Guard);

    public Task SendAsync(ITlObject message) => Session.SendAsync(message, default).AsTask().WaitAsync(ClientBench.Guard);

    public Task StartAsync(Bits256 id, int status, string reason, string contentType, string payload = "", ClientQueryFinalInfo? final = null, params HttpHeader[] more) =>
        SendAsync(new ClientQueryAnswerEx(id, Response(status, reason, contentType, payload, more), final));

    public Task PartAsync(Bits256 id, string text, ClientQueryFinalInfo? final = null) => PartAsync(id, System.Text.Encoding.UTF8.GetBytes(text), final);

    public Task PartAsync(Bits256 id, ReadOnlyMemory<byte> bytes, ClientQueryFinalInfo? final = null) => SendAsync(new ClientQueryAnswerPartEx(id, bytes, final));

    public static byte[] Response(int status, string reason, string contentType, string payload, params HttpHeader[] more) => TlSerializer.Serialize(
        new HttpResponse("HTTP/1.1", status, reason, [new("Content-Type", contentType), .. more], System.Text.Encoding.UTF8.GetBytes(payload)));

    public static ClientQueryFinalInfo Final(long tokens) => new(Tokens(tokens), null, null, 1, 2, 1, 2);

    public static TokensUsed Tokens(long total) => new(0, 0, total, 0, total);

    public async ValueTask<ITlObject> OnQueryAsync(ITlObject function, CancellationToken cancellationToken)
    {
        switch (function)
        {
            case ClientConnectToProxy hello:
                Hello = hello;
                return new ClientConnectedToProxy(
                    new ProxyParams(
                        Key.PublicKey.Bits, Text(Owner), ContractText ?? Text(Contract.Address), _parameters.IsTest, ProtocolVersion == 0 ? null : ProtocolVersion),
                    Text(Channel.Address),
                    SecretHash is { } hash ? new ClientProxyConnectionAuthShort(hash, Nonce) : new ClientProxyConnectionAuthLong(Nonce),
                    new ProxySignedPaymentEmpty());
            case AttestationExchange exchange:
                Shown = exchange;
                return new AttestationEvidence(Evidence, []);
            case AttestationProve prove:
                return await (Prove ?? (nonce => Task.FromResult(For(Key.PublicKey, nonce))))(prove.Nonce);
            case ClientGetWorkerEvidence wanted:
                return await (ProveWorker ?? (asked => Task.FromResult(new ClientWorkerEvidence(WorkerKey.Bits, For(WorkerKey, asked.Nonce)))))(wanted);
            case ClientAuthorizeWithProxyShort secret:
                if (Bits256.Sha256(secret.Data.Span) != SecretHash)
                    throw new SessionQueryException(0, "sha256 mismatch");
                return Authorized();
            case ClientAuthorizeWithProxyLong:
                await _registered.Task.WaitAsync(cancellationToken);
                return Authorized();
            case ClientGetWorkerTypesV2:
                return new ClientWorkerTypesV2([.. Models]);
            case ClientGetWorkerTypes:
                return new ClientWorkerTypes([.. Models.Select(model => new ClientWorkerType(model.Name, 1, 1000, 1000, int.MaxValue))]);
            case ClientUpdatePaymentStatus:
                return new ClientPaymentStatus(new ProxySignedPaymentEmpty(), MaxTokens, MaxTokens);
            default:
                throw new SessionQueryException(601, "unknown query");
        }
    }

    public ValueTask OnMessageAsync(ITlObject message, CancellationToken cancellationToken) => _requests.Writer.WriteAsync(message, cancellationToken);

    public static AttestationEvidence For(Ed25519PublicKey key, Bits256 nonce) => new(FakeExchange.For(key, nonce), []);

    private ClientAuthorizationWithProxySuccess Authorized() => new(new ProxySignedPaymentEmpty(), MaxTokens, MaxTokens);

    private static string Text(TonAddress address) => address.ToFriendly(bounceable: false, testnet: false);
}
