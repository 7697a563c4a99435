using Cocoon.Client.Proxies;
using Cocoon.Client.Tests.Fakes;
using Cocoon.Client.Tests.Gateway;
using Cocoon.Contracts.Vouchers;
using Cocoon.Cryptography;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Testing;

namespace Cocoon.Client.Tests.Proxies;

/// <summary>Every cell of the tables of docs/protocol/client.md, over the real gateway and a real session with a peer that sends only what it must.</summary>
public sealed class ProxyTableTests : IAsyncLifetime
{
    private const string Sse = "text/event-stream";
    private const string First = "data: 1\n\n";
    private const string Second = "data: 2\n\n";

    private readonly ClientBench _bench = new(options => (options.MaxAttempts, options.ProxyWaitSeconds) = (1, 0));
    private FakeProxy _proxy = null!;
    private RawPeer _peer = null!;
    private Task _serving = null!;
    private string _state = "introducing";
    private long _query;
    private Bits256 _request = Bits256.Sha256("nothing runs"u8);
    private Task<HttpResponseMessage>? _caller;

    public static TheoryData<string, string, string> States() => Read("Messages of the proxy in each state");

    public static TheoryData<string, string, string> Figures() => Read("Figures told later");

    public Task InitializeAsync() => _bench.StartGatewayAsync();

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    [Theory]
    [MemberData(nameof(States))]
    public async Task In_each_state_each_message_gets_the_answer_of_the_table(string happening, string state, string answer)
    {
        await ReachAsync(state);
        await HappenAsync(happening);
        switch (answer)
        {
            case "ends":
                await EndsAsync(before: state);
                return;
            case "next":
                await NextAsync();
                break;
            case "refused":
                (await _peer.ReceiveAsync<TcpQueryError>()).Code.ShouldBe(ErrorCodes.Error);
                break;
            case "counted":
                await ClientBench.UntilAsync(() => Count.Max.Value == 7);
                break;
            case "passed":
                _state = "answering";
                break;
            case "done":
                await DoneAsync();
                break;
            case "failed" or "fault":
                await FailedAsync(before: state);
                break;
        }
        if (answer != "fault")
            _bench.Metrics.ProxyFaults.ShouldBe(0);
        await GoOnAsync();
        if (answer is not ("counted" or "either"))
            Count.Max.Value.ShouldBe(0);
        _bench.Metrics.ProxyFaults.ShouldBe(answer == "fault" ? 1 : 0);
    }

    [Theory]
    [MemberData(nameof(Figures))]
    public async Task Figures_told_later_are_judged_as_the_table_says(string told, string way, string answer)
    {
        await ReachAsync("ready");
        await _peer.SendMessageAsync(new ProxyClientRequestPayment(_request, Payment(5), 5, 5, 5));
        await ClientBench.UntilAsync(() => Count.Committed.Value == 5);
        if (way == "answer")
            await PassToStatusAsync();
        var (payment, stored, max) = Told(told);
        var status = new ClientPaymentStatus(payment, stored, max);
        if (way == "message")
            await _peer.SendMessageAsync(new ProxyClientRequestPayment(_request, payment, stored, max, 1));
        else if (told == "a refusal")
            await _peer.SendAsync(new TcpQueryError(_query, ErrorCodes.Failure, "not now"));
        else if (told == "an answer of another type")
            await _peer.AnswerAsync(_query, new ClientWorkerTypes([]));
        else
            await _peer.SendAsync(new TcpQueryAnswer(_query, told == "a truncated answer" ? TlSerializer.Serialize(status)[..^1] : TlSerializer.Serialize(status)));
        if (answer == "counted")
            await ClientBench.UntilAsync(() => Count.Max.Value == max);
        // Asked again, whatever came before; the answer also proves that the message was taken.
        await PassToStatusAsync();
        await _peer.AnswerAsync(_query, new ClientPaymentStatus(new ProxySignedPaymentEmpty(), 0, 0));
        await GoOnAsync();
        (Count.Committed.Value, Count.Stored.Value, Count.Max.Value).ShouldBe(answer == "counted" ? (payment is ProxySignedPayment && stored == 8 ? 7 : 5, stored, max) : (5, 5, 5));
        _bench.Wallet.Sent.ShouldBeEmpty();
        _bench.Budget.Spent.ShouldBe(Ton.Coins.Zero);
    }

    private Client.Payments.TokenCount Count => _bench.Channels.All.Single().Count;

    private static TheoryData<string, string, string> Read(string heading)
    {
        var data = new TheoryData<string, string, string>();
        foreach (var (row, column, cell) in DocumentedTable.Cells("docs/protocol/client.md", heading)) data.Add(row, column, cell);
        return data;
    }

    private ProxySignedPayment Payment(long tokens) => new(_proxy.Sign(tokens).ToBytes());

    private (IProxySignedPayment Payment, long Stored, long Max) Told(string told)
    {
        using var otherKey = Ed25519PrivateKey.Generate();
        IProxySignedPayment Of(Voucher voucher) => new ProxySignedPayment(voucher.ToBytes());
        return told switch
        {
            "higher figures" => (Payment(7), 8, 9),
            "lower figures" => (Payment(4), 3, 2),
            "negative figures" => (Payment(5), -1, long.MinValue),
            "the highest figures there are" => (Payment(5), long.MaxValue, long.MaxValue),
            "no voucher" => (new ProxySignedPaymentEmpty(), 5, 5),
            "a voucher that is no cell" => (new ProxySignedPayment(new byte[100]), 5, 5),
            "a voucher of another key" => (Of(Voucher.Sign(VoucherKind.ClientCharge, 5, new(7), _proxy.Channel.Address, FakeProxy.Owner, otherKey)), 5, 5),
            "a voucher for another client" => (Of(Voucher.Sign(VoucherKind.ClientCharge, 5, new(7), FakeProxy.Owner, FakeProxy.Owner, _proxy.Key)), 5, 5),
            "a voucher of another kind" => (Of(_proxy.Sign(7, VoucherKind.ClientRefund)), 5, 5),
            _ => (Payment(5), 5, 5),
        };
    }

    private async Task ReachAsync(string state)
    {
        _proxy = _bench.NewProxy();
        if (state == "registering")
            _proxy.SecretHash = null;
        if (state == "proving")
            _proxy.ProtocolVersion = ProtocolVersions.FreshEvidence;
        (_peer, _serving) = await _bench.ConnectRawAsync(_proxy.Key.PublicKey);
        _query = await _peer.QueryAsync<ClientConnectToProxy>();
        while (_state != state)
        {
            switch (_state)
            {
                case "ready":
                    await AskAsync();
                    _state = "waiting";
                    break;
                case "waiting":
                    await _peer.SendMessageAsync(new ClientQueryAnswerEx(_request, FakeProxy.Response(200, "OK", Sse, First), null));
                    await _caller!;
                    _state = "answering";
                    break;
                default:
                    await _peer.AnswerAsync(_query, await RightAnswerAsync());
                    await NextAsync();
                    break;
            }
        }
    }

    private async Task NextAsync()
    {
        (_state, _query) = (_state, _proxy.SecretHash) switch
        {
            ("introducing", _) when _proxy.ProtocolVersion == ProtocolVersions.FreshEvidence => ("proving", await _peer.QueryAsync<AttestationExchange>()),
            ("proving", _) => ("authorizing", await _peer.QueryAsync<ClientAuthorizeWithProxyShort>()),
            ("introducing", null) => ("registering", await _peer.QueryAsync<ClientAuthorizeWithProxyLong>()),
            ("introducing", _) => ("authorizing", await _peer.QueryAsync<ClientAuthorizeWithProxyShort>()),
            _ => ("ready", 0),
        };
        if (_state == "ready")
            await _bench.ReadyAsync();
        else if (_state != "proving")
            await ClientBench.UntilAsync(() => _bench.Channels.All.Count == 1);
    }

    private async Task<ITlObject> RightAnswerAsync() => _state == "introducing"
        ? await _proxy.OnQueryAsync(new ClientConnectToProxy(new ClientParams("", null, null, null), 0), default)
        : _state == "proving" ? new AttestationEvidence(FakeExchange.Good, []) : new ClientAuthorizationWithProxySuccess(new ProxySignedPaymentEmpty(), 0, 0);

    private async Task AskAsync()
    {
        _caller = _bench.ChatAsync(""","stream":true""");
        _request = ((ClientRunQueryEx)await _peer.MessageAsync()).RequestId;
    }

    private async Task HappenAsync(string happening)
    {
        switch (happening)
        {
            case "the right answer":
                await _peer.AnswerAsync(_query, await RightAnswerAsync());
                break;
            case "the right answer twice":
                await _peer.AnswerAsync(_query, await RightAnswerAsync());
                await _peer.AnswerAsync(_query, await RightAnswerAsync());
                break;
            case "a refusal":
                await _peer.SendAsync(new TcpQueryError(_query, ErrorCodes.Error, "no"));
                break;
            case "an answer of another type":
                await _peer.AnswerAsync(_query, new ClientWorkerTypes([]));
                break;
            case "a truncated answer":
                await _peer.SendAsync(new TcpQueryAnswer(_query, TlSerializer.Serialize(await RightAnswerAsync())[..^1]));
                break;
            case "evidence that is refused":
                await _peer.AnswerAsync(_query, new AttestationEvidence(FakeExchange.Bad, []));
                break;
            case "an answer to no question":
                await _peer.AnswerAsync(~_query, new ClientWorkerTypes([]));
                await _peer.SendAsync(new TcpQueryError(~_query, 1, "no"));
                break;
            case "a message that cannot be decoded":
                await _peer.SendMessageAsync([0xef, 0xbe, 0xad, 0xde]);
                await _peer.SendMessageAsync([]);
                foreach (var name in (string[])["client.queryAnswerEx", "client.queryAnswerErrorEx with final info", "client.queryAnswer", "proxy.clientRequestPayment"])
                    await _peer.SendMessageAsync(TlSerializer.Serialize(Message(name))[..^4]);
                break;
            case "a query":
                await _peer.SendAsync(new TcpQuery(1, TlSerializer.Serialize(new ClientUpdatePaymentStatus())));
                break;
            case "attestation.prove":
                await _peer.SendAsync(new TcpQuery(1, TlSerializer.Serialize(new AttestationProve(Bits256.Zero))));
                break;
            case "signs of life only, for six minutes":
                for (var second = 0; second < 360 && !_serving.IsCompleted; second += 5)
                {
                    await _peer.SendAsync(new TcpPing(1));
                    // The session may end at any of these.
                    await Task.WhenAny(_peer.ReceiveAsync<TcpPong>());
                    await Task.Run(() => _bench.Time.Advance(TimeSpan.FromSeconds(5)));
                }
                break;
            case "silence":
                await ClientBench.UntilAsync(() =>
                {
                    _bench.Time.Advance(TimeSpan.FromSeconds(1));
                    return _serving.IsCompleted;
                });
                break;
            case "a closed connection":
                await _peer.Transport.Output.CompleteAsync();
                break;
            default:
                await _peer.SendMessageAsync(Message(happening));
                break;
        }
    }

    private ITlObject Message(string name)
    {
        var (head, part, none) = (FakeProxy.Response(200, "OK", Sse, First), System.Text.Encoding.ASCII.GetBytes(Second), FakeProxy.Tokens(0));
        return name switch
        {
            "proxy.clientRequestPayment" => new ProxyClientRequestPayment(_request, new ProxySignedPaymentEmpty(), 7, 7, 7),
            "proxy.signedPayment" => Payment(7),
            "proxy.signedPaymentEmpty" => new ProxySignedPaymentEmpty(),
            "client.answerEvidence" => new ClientAnswerEvidence(_request, Bits256.Sha256("worker"u8), "tdx", Bits256.Zero, Bits256.Zero),
            "client.queryAnswerEx" => new ClientQueryAnswerEx(_request, head, null),
            "client.queryAnswerEx with final info" => new ClientQueryAnswerEx(_request, head, FakeProxy.Final(3)),
            "client.queryAnswerPartEx" => new ClientQueryAnswerPartEx(_request, part, null),
            // Final info without timings or debug texts.
            "client.queryAnswerPartEx with final info" => new ClientQueryAnswerPartEx(_request, part, new(FakeProxy.Tokens(3), null, null, null, null, null, null)),
            "client.queryAnswerErrorEx" => new ClientQueryAnswerErrorEx(_request, 601, "broken", null),
            "client.queryAnswerErrorEx with final info" => new ClientQueryAnswerErrorEx(_request, 601, "broken", new(none, "{", "\"", null, null, null, null)),
            "client.queryAnswer" => new ClientQueryAnswer(head, false, _request, none),
            "client.queryAnswer completed" => new ClientQueryAnswer(head, true, _request, FakeProxy.Tokens(3)),
            "client.queryAnswerPart" => new ClientQueryAnswerPart(part, false, _request, none),
            "client.queryAnswerPart completed" => new ClientQueryAnswerPart(part, true, _request, FakeProxy.Tokens(3)),
            "client.queryAnswerError" => new ClientQueryAnswerError(601, "broken", _request, none),
            "client.queryAnswerPartError" => new ClientQueryAnswerPartError(601, "broken", _request, none),
            "an answer that is no http.response" => new ClientQueryAnswerEx(_request, "garbage!"u8.ToArray(), null),
            "an answer with status 99" => new ClientQueryAnswerEx(_request, FakeProxy.Response(99, "", Sse, First), null),
            "an answer to another request" => new ClientQueryAnswerEx(Bits256.Sha256("another"u8), head, null),
            "a message for somebody else" => new WorkerEnabledDisabled(1),
            _ => throw new InvalidDataException($"the table says '{name}'"),
        };
    }

    private async Task PassToStatusAsync()
    {
        while (!_peer.HasReceived<TcpQuery>())
        {
            await _peer.PingAsync();
            await Task.Run(() => _bench.Time.Advance(TimeSpan.FromSeconds(5)));
        }
        _query = await _peer.QueryAsync<ClientUpdatePaymentStatus>();
    }

    private async Task DoneAsync()
    {
        using var response = await _caller!;
        (await response.Content.ReadAsStringAsync()).ShouldStartWith(First);
        _caller = null;
        await ClientBench.UntilAsync(() => _bench.Metrics.Tokens == 3);
    }

    private async Task FailedAsync(string before)
    {
        using var response = await _caller!;
        var text = await response.Content.ReadAsStringAsync();
        if (before == "answering")
            AnswerTests.LastEventError(text).ShouldNotBeEmpty();
        else
            ((int)response.StatusCode).ShouldBeInRange(502, 504, text);
        _caller = null;
    }

    // The handshake reaches its end, the answer that runs is completed, and the next one is too.
    private async Task GoOnAsync()
    {
        while (_state is "introducing" or "proving" or "authorizing" or "registering")
        {
            await _peer.AnswerAsync(_query, await RightAnswerAsync());
            await NextAsync();
        }
        for (var round = 0; round < 2; round++)
        {
            if (_caller is null)
            {
                await AskAsync();
                _state = "waiting";
            }
            var final = FakeProxy.Final(0);
            await _peer.SendMessageAsync(_state == "waiting"
                ? new ClientQueryAnswerEx(_request, FakeProxy.Response(200, "OK", Sse, "data: end\n\n"), final)
                : new ClientQueryAnswerPartEx(_request, "data: end\n\n"u8.ToArray(), final));
            using var response = await _caller!;
            (await response.Content.ReadAsStringAsync()).ShouldEndWith("data: end\n\n");
            _caller = null;
        }
        _serving.IsCompleted.ShouldBeFalse();
    }

    // The session is gone, its caller knows, and the next session serves.
    private async Task EndsAsync(string before)
    {
        await _serving.WaitAsync(ClientBench.Guard).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _bench.Pool.Sessions.ShouldBeEmpty();
        if (_caller is not null)
            await FailedAsync(before);
        await _peer.ClosedAsync();
        var next = _bench.NewProxy();
        await _bench.ConnectAsync(next);
        await _bench.ReadyAsync();
        var answering = _bench.ChatAsync();
        await next.StartAsync((await next.NextAsync()).RequestId, 200, "OK", "application/json", "{}", FakeProxy.Final(0));
        using var response = await answering;
        (await response.Content.ReadAsStringAsync()).ShouldBe("{}");
    }
}
