using Cocoon.Cryptography;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;
using Cocoon.Proxy.Sessions;

namespace Cocoon.Proxy.Tests.Sessions;

/// <summary>Plays every cell of the tables of the worker's and the client's side in docs/protocol/proxy.md.</summary>
public sealed class StateTableTests
{
    private const string WorkerSide = "The worker's side";
    private const string ClientSide = "The client's side";

    private static readonly TokensUsed NoTokens = new(0, 0, 0, 0, 0);
    private static readonly byte[] Http = TlSerializer.Serialize(new HttpRequest("POST", "/v1/completions", "HTTP/1.1", [], """{"max_tokens":1}"""u8.ToArray()));

    private static readonly Dictionary<string, Func<RawPeer, ITlObject>> WorkerQueries = new()
    {
        ["worker.connectToProxy"] = peer => peer.Introduction(),
        ["worker.connectToProxy that is wrong"] = peer => peer.Introduction(coefficient: -1),
        ["attestation.exchange"] = _ => RawPeer.Exchange(),
        ["attestation.exchange that is refused"] = _ => RawPeer.Exchange(FakeExchange.Bad),
        ["attestation.exchange of too much"] = _ => RawPeer.Exchange(gpus: 65),
        ["attestation.prove"] = _ => new AttestationProve(Bits256.Random()),
        ["worker.compareBalanceWithProxy"] = _ => new WorkerCompareBalanceWithProxy(0, 0, 0),
        ["worker.compareBalanceWithProxy with more counted than stored"] = _ => new WorkerCompareBalanceWithProxy(0, 0, long.MaxValue),
        ["worker.compareBalanceWithProxy above the ledger"] = _ => new WorkerCompareBalanceWithProxy(0, 1, 1),
        ["worker.compareBalanceWithProxy below zero"] = _ => new WorkerCompareBalanceWithProxy(long.MinValue, -1, 0),
        ["worker.extendedCompareBalanceWithProxy"] = _ => new WorkerExtendedCompareBalanceWithProxy(0, new byte[3]),
        ["worker.proxyHandshakeComplete"] = _ => new WorkerProxyHandshakeComplete(false),
        ["worker.updatePaymentStatus"] = _ => new WorkerUpdatePaymentStatus(),
        ["a client's query"] = _ => new ClientUpdatePaymentStatus(),
        ["a query of another role or of the proxy itself"] = _ => new TestQuery(1),
    };

    private static readonly Dictionary<string, Func<RawPeer, ITlObject>> ClientQueries = new()
    {
        ["client.connectToProxy"] = peer => Connect(peer, 5),
        ["client.connectToProxy that is wrong"] = peer => Connect(peer, -1),
        ["attestation.exchange"] = _ => RawPeer.Exchange(),
        ["attestation.exchange that is refused"] = _ => RawPeer.Exchange(FakeExchange.Bad),
        ["attestation.exchange of too much"] = _ => RawPeer.Exchange(gpus: 65),
        ["attestation.prove"] = _ => new AttestationProve(Bits256.Random()),
        ["client.getWorkerEvidence below version 3"] = _ => new ClientGetWorkerEvidence(TestProxy.Model, default, Bits256.Random()),
        ["client.authorizeWithProxyShort with the secret"] = _ => new ClientAuthorizeWithProxyShort(RawPeer.Secret),
        ["client.authorizeWithProxyShort without the secret"] = _ => new ClientAuthorizeWithProxyShort(default),
        ["client.authorizeWithProxyLong"] = _ => new ClientAuthorizeWithProxyLong(),
        ["client.updatePaymentStatus"] = _ => new ClientUpdatePaymentStatus(),
        ["client.getWorkerTypes"] = _ => new ClientGetWorkerTypes(),
        ["client.getWorkerTypesV2"] = _ => new ClientGetWorkerTypesV2(),
        ["client.requestRefund for an open channel"] = _ => new ClientRequestRefund(),
        ["a worker's query"] = _ => new WorkerUpdatePaymentStatus(),
        ["a query of another role or of the proxy itself"] = _ => new ProxyRunQuery(default, new ProxySignedPaymentEmpty(), 0, 0, default),
    };

    private static readonly Dictionary<string, ITlObject[]> WorkerMessages = new()
    {
        ["worker.enabledDisabled"] = [new WorkerEnabledDisabled(7)],
        ["worker.newCoefficient"] = [new WorkerNewCoefficient(777)],
        ["worker.newCoefficient below zero"] = [new WorkerNewCoefficient(-1)],
        ["worker.newCoefficient beyond its limit"] = [new WorkerNewCoefficient(int.MaxValue)],
        ["each answer constructor for a request nobody made"] = Answers(),
        ["a client's request"] = [Request(), new ClientRunQuery(TestProxy.Model, Http, 1000, 1, 10, Bits256.Random(), 5)],
    };

    private static readonly Dictionary<string, ITlObject[]> ClientMessages = new()
    {
        ["client.runQuery"] = [new ClientRunQuery(TestProxy.Model, Http, 1000, 1, 10, Bits256.Random(), 5)],
        ["client.runQueryEx"] = [Request()],
        ["a request for less than no tokens"] = [Request(tokens: -1)],
        ["a request with a cap below zero"] = [Request(cap: int.MinValue)],
        ["a request that is no HTTP request"] = [Request(query: [1, 2, 3, 4])],
        ["a request for more than the client has"] = [Request(tokens: int.MaxValue)],
        ["a worker's messages"] = [new WorkerEnabledDisabled(0), new WorkerNewCoefficient(-1), .. Answers()],
    };

    // What needs neither a role nor its messages to be wrong.
    private static readonly Dictionary<string, Func<RawPeer, Task>> Oddities = new()
    {
        ["a message of an unknown constructor"] = peer => peer.SendPacketAsync(new TcpPacket(new byte[] { 1, 2, 3, 4, 5 })),
        ["a message cut short"] = peer => peer.SendPacketAsync(new TcpPacket(TlSerializer.Serialize(Request())[..^4])),
        ["a message with bytes behind it"] = peer => peer.SendPacketAsync(new TcpPacket((byte[])[.. TlSerializer.Serialize(new WorkerEnabledDisabled(1)), 0, 0, 0, 0])),
        ["a query sent as a message"] = peer => peer.SendAsync(new ClientRequestRefund()),
        ["a payment sent to the proxy"] = peer => peer.SendAsync(new ProxySignedPayment(new byte[16])),
        ["an answer to a query nobody asked"] = async peer =>
        {
            await peer.SendPacketAsync(new TcpQueryAnswer(77, new byte[4]));
            await peer.SendPacketAsync(new TcpQueryError(78, 1, "no"));
        },
        ["tcp.connect once more"] = peer => peer.SendPacketAsync(new TcpConnect(1)),
        ["tcp.ping"] = peer => peer.AliveAsync(),
        ["a packet of more than 64 KiB"] = peer => peer.SendPacketAsync(new TcpPacket(new byte[64 << 10])).ContinueWith(_ => { }),
        ["a packet of more than 256 KiB"] = peer => peer.SendPacketAsync(new TcpPacket(new byte[256 << 10])).ContinueWith(_ => { }),
        ["a packet of more than 16 MiB"] = peer => peer.SendRawAsync((16 << 20) + 1, peer.NextNumber, default),
        ["a packet shorter than a constructor"] = peer => peer.SendRawAsync(3, peer.NextNumber, new byte[3]),
        ["a packet that comes again"] = peer => peer.SendRawAsync(12, peer.NextNumber - 1, TlSerializer.Serialize(new TcpPing(1))),
        ["a packet that is none of the transport's"] = peer => peer.SendPacketAsync(new ProxySignedPaymentEmpty()),
        ["the end of the stream"] = peer => peer.EndAsync().AsTask(),
        ["the end of the stream inside a packet"] = async peer =>
        {
            await peer.SendRawAsync(100, peer.NextNumber, new byte[50]);
            await peer.EndAsync();
        },
    };

    private static readonly Dictionary<string, Func<TcpQuery, TcpQuery>> OddQueries = new()
    {
        ["a query that is not a function"] = query => query with { Data = TlSerializer.Serialize(new WorkerEnabledDisabled(1)) },
        ["a query of an unknown constructor"] = query => query with { Data = new byte[8] },
        ["a query cut short"] = query => query with { Data = TlSerializer.Serialize(new TestQuery(1))[..^4] },
        ["a query with bytes behind it"] = query => query with { Data = (byte[])[.. query.Data.Span, 0, 0, 0, 0] },
    };

    private static readonly string[] Silences = ["silence for a minute", "nothing but pings for ten minutes"];

    public static TheoryData<string, string, string> WorkerCells => ProxyTable.Read(WorkerSide);

    public static TheoryData<string, string, string> ClientCells => ProxyTable.Read(ClientSide);

    [Fact]
    public void Every_event_has_its_row_and_every_row_its_test()
    {
        string[] common = [.. Oddities.Keys, .. OddQueries.Keys, .. Silences];
        common.Concat(WorkerQueries.Keys).Concat(WorkerMessages.Keys).ShouldCover(WorkerSide);
        common.Concat(ClientQueries.Keys).Concat(ClientMessages.Keys).ShouldCover(ClientSide);
    }

    [Theory]
    [MemberData(nameof(WorkerCells))]
    public async Task The_worker_side_is_as_documented(string what, string state, string outcome)
    {
        await using var proxy = await TestProxy.StartAsync();
        await using var peer = await RawPeer.WorkerAsync(proxy, Enum.Parse<WorkerSessionState>(state));
        var before = Known(proxy, peer);
        if (WorkerQueries.TryGetValue(what, out var query))
            await AskedAsync(peer, peer.Query(query(peer)), outcome);
        else if (WorkerMessages.TryGetValue(what, out var messages))
            await ToldAsync(peer, messages, outcome);
        else
            await OddAsync(proxy, peer, what, outcome);
        if (outcome == "take")
            await Some.UntilAsync(() => Known(proxy, peer) != before);
        else if (outcome is "ignore" or "pong" && before is not null)
            await NothingCameOfItAsync(proxy, peer, before.Value.Enabled);
        if (outcome.EndsWith("close", StringComparison.Ordinal))
            await Some.UntilAsync(() => Known(proxy, peer) is null);
        await StillServesAsync(proxy);
    }

    [Theory]
    [MemberData(nameof(ClientCells))]
    public async Task The_client_side_is_as_documented(string what, string state, string outcome)
    {
        await using var proxy = await TestProxy.StartAsync();
        await using var peer = await RawPeer.ClientAsync(proxy, Enum.Parse<ClientSessionState>(state));
        await using var worker = await KnownModelAsync(proxy);
        if (ClientQueries.TryGetValue(what, out var query))
            await AskedAsync(peer, peer.Query(query(peer)), outcome);
        else if (ClientMessages.TryGetValue(what, out var messages))
            await ToldAsync(peer, messages, outcome);
        else
            await OddAsync(proxy, peer, what, outcome);
        proxy.Chain.BeforeRead = null;
        await StillServesAsync(proxy);
    }

    private static async Task AskedAsync(RawPeer peer, TcpQuery query, string outcome)
    {
        if (outcome == "wait")
        {
            var waiting = peer.ExchangeAsync(query);
            await peer.AliveAsync();
            waiting.IsCompleted.ShouldBeFalse();
            return;
        }
        var reply = await peer.ExchangeAsync(query);
        var found = reply is TcpQueryError error ? $"{error.Code}" : reply is TcpQueryAnswer ? "answer" : "nothing";
        found.ShouldBe(outcome.Split(' ')[0], (reply as TcpQueryError)?.Message);
        await EndsAsync(peer, outcome);
    }

    private static async Task ToldAsync(RawPeer peer, ITlObject[] messages, string outcome)
    {
        foreach (var message in messages) await peer.SendAsync(message);
        if (outcome.StartsWith("error ", StringComparison.Ordinal))
        {
            await Some.UntilAsync(() => !peer.Inbox.IsEmpty);
            peer.Inbox.TryNext(out var error).ShouldBeTrue();
            var code = error switch
            {
                ClientQueryAnswerErrorEx { FinalInfo: not null } ex => ex.ErrorCode,
                ClientQueryAnswerError old => old.ErrorCode,
                _ => throw new InvalidOperationException($"found {error}"),
            };
            $"error {code}".ShouldBe(outcome);
        }
        await EndsAsync(peer, outcome);
    }

    private static async Task OddAsync(TestProxy proxy, RawPeer peer, string what, string outcome)
    {
        if (OddQueries.TryGetValue(what, out var query))
        {
            await AskedAsync(peer, query(peer.Query(new TestQuery(1))), outcome);
            return;
        }
        if (what == Silences[0])
            proxy.Time.Advance(TimeSpan.FromSeconds(61));
        else if (what == Silences[1])
            await PingAsync(proxy, peer, TimeSpan.FromMinutes(10));
        else
            await Oddities[what](peer);
        await EndsAsync(peer, outcome);
    }

    private static async Task PingAsync(TestProxy proxy, RawPeer peer, TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time && !peer.Closed.IsCompleted; passed += TimeSpan.FromSeconds(25))
        {
            try
            {
                await peer.AliveAsync();
            }
            catch (ShouldAssertException)
            {
                return;
            }
            proxy.Time.Advance(TimeSpan.FromSeconds(25));
        }
    }

    private static async Task EndsAsync(RawPeer peer, string outcome)
    {
        if (outcome.EndsWith("close", StringComparison.Ordinal))
            await peer.ClosedAsync();
        else
            await peer.AliveAsync();
        peer.Inbox.IsEmpty.ShouldBeTrue();
    }

    // Messages are taken in order, so what the last one did shows that the others are done with.
    private static async Task NothingCameOfItAsync(TestProxy proxy, RawPeer peer, bool enabled)
    {
        await peer.SendAsync(new WorkerNewCoefficient(4242));
        await Some.UntilAsync(() => Known(proxy, peer)?.Coefficient == 4242);
        Known(proxy, peer)!.Value.Enabled.ShouldBe(enabled);
        peer.Inbox.IsEmpty.ShouldBeTrue();
    }

    private static (bool Enabled, int Coefficient)? Known(TestProxy proxy, RawPeer peer) =>
        proxy.Pool.Snapshot().Values.SelectMany(workers => workers).SingleOrDefault(worker => worker.Owner == peer.Owner) is { } worker
            ? (worker.Enabled, worker.Coefficient.Thousandths) : null;

    private static async Task<RawPeer> KnownModelAsync(TestProxy proxy)
    {
        var chain = proxy.Chain.BeforeRead;
        var worker = await RawPeer.WorkerAsync(proxy, WorkerSessionState.Comparing, number: 20);
        proxy.Chain.BeforeRead = chain;
        return worker;
    }

    // Whatever one peer did, the next is served.
    private static async Task StillServesAsync(TestProxy proxy)
    {
        await using var worker = await RawPeer.WorkerAsync(proxy, number: 30, coefficient: 1);
        await using var client = await RawPeer.ClientAsync(proxy, number: 31);
        await client.SendAsync(Request());
        var asked = await worker.Inbox.NextAsync<ProxyRunQueryEx>();
        await worker.SendAsync(new ProxyQueryAnswerErrorEx(asked.RequestId, 621, "no", null));
        await client.Inbox.NextAsync<ClientQueryAnswerErrorEx>();
    }

    private static ClientConnectToProxy Connect(RawPeer peer, int config) => new(new ClientParams(peer.Owner.ToRaw(), true, 1, 2), config);

    private static ClientRunQueryEx Request(int cap = 1000, int tokens = 1, byte[]? query = null) =>
        new(TestProxy.Model, query ?? Http, cap, tokens, 10, Bits256.Random(), 5, false);

    private static ITlObject[] Answers() =>
    [
        new ProxyQueryAnswer(default, true, Bits256.Random(), NoTokens),
        new ProxyQueryAnswerPart(default, true, Bits256.Random(), NoTokens),
        new ProxyQueryAnswerError(1, "x", Bits256.Random(), NoTokens),
        new ProxyQueryAnswerPartError(1, "x", Bits256.Random(), NoTokens),
        new ProxyQueryAnswerEx(Bits256.Random(), default, null),
        new ProxyQueryAnswerPartEx(Bits256.Random(), default, new ProxyQueryFinalInfo(NoTokens, null, null, null)),
        new ProxyQueryAnswerErrorEx(Bits256.Random(), 1, "x", null),
    ];
}
