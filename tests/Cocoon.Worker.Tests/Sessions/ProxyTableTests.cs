using Cocoon.Contracts.Vouchers;
using Cocoon.Cryptography;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Testing;
using Cocoon.Worker.Earnings;
using Cocoon.Worker.Sessions;
using Cocoon.Worker.Tests.Fakes;
using Cocoon.Worker.Tests.Requests;
using static Cocoon.Node.Tests.Fakes.Eventually;

namespace Cocoon.Worker.Tests.Sessions;

/// <summary>Every cell of the tables of docs/protocol/worker.md that are about a proxy, over a real session with a peer that sends only what it must.</summary>
public sealed class ProxyTableTests : IAsyncLifetime
{
    private const string Document = "docs/protocol/worker.md";
    private static readonly string[] Handshake = ["introducing", "proving", "comparing", "extended", "finishing"];

    private readonly WorkerBench _bench = new();
    private readonly List<string> _running = [];
    private ScriptedProxy _proxy = null!;
    private ProxySession _session = null!;
    private Task _serving = null!;
    private RawPeer _peer = null!;
    private string _state = "introducing";
    private bool _extended;
    private bool _proving;
    private long _query;

    public static TheoryData<string, string, string> States() => Read("Messages of the proxy in each state");

    public static TheoryData<string, string, string> Figures() => Read("Figures told later");

    public static TheoryData<string, string, string> Requests() => Read("What a request may be");

    public async Task InitializeAsync()
    {
        _bench.Options.MaxActiveRequests = 3;
        await _bench.StartAsync();
        _proxy = _bench.NewProxy();
    }

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    [Theory]
    [MemberData(nameof(States))]
    public async Task In_each_state_each_message_gets_the_answer_of_the_table(string happening, string state, string answer)
    {
        await ReachAsync(state);
        var before = _bench.Core.Accounts.All.FirstOrDefault()?.Figures ?? default;
        await HappenAsync(happening);
        switch (answer)
        {
            case "ends":
                await EndsAsync();
                return;
            case "next":
                _state = NextState();
                await AskedAsync();
                break;
            case "refused":
                (await _peer.ReceiveAsync<TcpQueryError>()).Code.ShouldBe(ErrorCodes.ProtocolViolation);
                break;
            case "proved":
                TlSerializer.Deserialize<AttestationEvidence>((await _peer.ReceiveAsync<TcpQueryAnswer>()).Data).Quote.Length.ShouldBe(FakeExchange.Good.Length + Bits256.Size);
                break;
            case "taken":
                await UntilAsync(() => _session.Account!.Figures.Signed.Value == 7);
                break;
            case "runs":
                _running.Add(happening);
                break;
            case "ignored" or "either":
                break;
            default:
                throw new InvalidDataException($"the table says '{answer}'");
        }
        await GoOnAsync();
        var after = _session.Account!.Figures;
        if (answer == "taken")
            after.Signed.Value.ShouldBe(7);
        else if (answer == "either")
            after.Signed.Value.ShouldBeOneOf(5, 7);
        else
            after.ShouldBe(before == default ? Told(5, 5, 5) : before);
    }

    [Theory]
    [MemberData(nameof(Figures))]
    public async Task Figures_told_later_are_judged_as_the_table_says(string told, string way, string answer)
    {
        await ReachAsync("ready");
        if (told.StartsWith("lower than", StringComparison.Ordinal))
            await TellAsync(way == "answer" ? "message" : "answer", "higher figures");
        await TellAsync(way, told);
        var highest = told.StartsWith("the highest", StringComparison.Ordinal);
        switch (answer)
        {
            case "ends":
                await EndsAsync();
                _bench.Core.Accounts.All.Single().Figures.ShouldBe(Told(5, 5, 5));
                return;
            case "proved":
                TlSerializer.Deserialize<AttestationEvidence>((await _peer.ReceiveAsync<TcpQueryAnswer>()).Data).Quote.Length.ShouldBe(FakeExchange.Good.Length + Bits256.Size);
                break;
            case "taken":
                await UntilAsync(() => _session.Account!.Figures == (highest ? Told(5, long.MaxValue, long.MaxValue) : Told(7, 8, 9)));
                break;
            case "asked again":
                await PassToStatusAsync();
                await _peer.AnswerAsync(_query, new WorkerPaymentStatus(_proxy.Payment(6), 6, 6));
                await UntilAsync(() => _session.Account!.Figures.Signed.Value == 6);
                break;
        }
        await GoOnAsync();
        if (answer == "ignored")
            _session.Account!.Figures.ShouldBe(told.StartsWith("lower than", StringComparison.Ordinal) ? Told(7, 8, 9) : Told(5, 5, 5));
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Request_is_answered_as_the_table_says(string request, string column, string answer)
    {
        column.ShouldBe("answer");
        await ReachAsync("ready");
        var right = _proxy.Request("it");
        if (request == "one more than the announced number")
        {
            foreach (var name in (string[])["a", "b", "c"]) await RunAsync(_proxy.Request(name), name);
        }
        if (request == "an id that already runs")
            await RunAsync(right, "it");
        await _peer.SendMessageAsync(request switch
        {
            "another coefficient than announced" => right with { Coefficient = 999 },
            "no http.request" => right with { Query = "garbage!"u8.ToArray() },
            "a URL with a query string" => right with { Query = RequestValidatorTests.Query("""{"model":"m","messages":[]}"""u8.ToArray(), "/v1/chat/completions?a=b") },
            "another model" => right with { Query = RequestValidatorTests.Query("""{"model":"n","messages":[]}"""u8.ToArray()) },
            "a body that is no JSON" => right with { Query = RequestValidatorTests.Query("{"u8.ToArray()) },
            "no time" => right with { Timeout = double.NaN },
            "an endless timeout" => right with { Timeout = double.PositiveInfinity },
            "a wrong voucher with it" => right with { SignedPayment = new ProxySignedPayment(new byte[] { 1 }) },
            "enable_debug" => right with { EnableDebug = true },
            _ => right,
        });
        if (answer == "runs")
        {
            _running.Add("it");
        }
        else
        {
            if (answer == "652")
            {
                (await MessageOfAsync("it")).ShouldBeOfType<ProxyQueryAnswerEx>();
                _bench.Time.Advance(TimeSpan.FromMilliseconds(10));
            }
            var error = (await MessageOfAsync("it")).ShouldBeOfType<ProxyQueryAnswerErrorEx>();
            error.ErrorCode.ToString(System.Globalization.CultureInfo.InvariantCulture).ShouldBe(answer);
            error.FinalInfo.ShouldNotBeNull().TokensUsed.TotalTokensUsed.ShouldBe(0);
        }
        await GoOnAsync();
    }

    [Fact]
    public Task Weakness_12_1_04_What_cannot_be_decoded_ends_neither_a_worker_nor_a_session() =>
        In_each_state_each_message_gets_the_answer_of_the_table("a message that cannot be decoded", "answering", "ignored");

    [Theory]
    [InlineData("introducing")]
    [InlineData("comparing")]
    [InlineData("extended")]
    [InlineData("finishing")]
    public async Task Weakness_12_1_08_An_answer_of_the_handshake_with_the_end_of_the_connection_behind_it_does_no_harm(string state)
    {
        await ReachAsync(state);
        await _peer.AnswerAsync(_query, RightAnswer());
        await _peer.Transport.Output.CompleteAsync();
        await EndsAsync();
    }

    [Fact]
    public async Task Answer_that_overtakes_a_message_takes_nothing_back()
    {
        await Figures_told_later_are_judged_as_the_table_says("lower than the other way told meanwhile", "message", "ignored");
        await _peer.SendMessageAsync(Payment(_proxy.Payment(4), 4, 4));
        await EndsAsync(last: Told(7, 8, 9));
    }

    private static TheoryData<string, string, string> Read(string heading)
    {
        var data = new TheoryData<string, string, string>();
        foreach (var (row, column, cell) in DocumentedTable.Cells(Document, heading)) data.Add(row, column, cell);
        return data;
    }

    private static EarningFigures Told(long signed, long stored, long max) => new(new(signed), new(stored), new(max));

    private static ITlObject Request(ProxyRunQueryEx request, bool old) => old
        ? new ProxyRunQuery(request.Query, request.SignedPayment, request.Coefficient, request.Timeout, request.RequestId) : request;

    private async Task ReachAsync(string state)
    {
        (_session, _serving, _peer) = await _bench.ConnectRawAsync();
        _extended = state == "extended";
        _proving = state == "proving";
        _query = await _peer.QueryAsync<WorkerConnectToProxy>();
        while (_state != state)
        {
            if (_state == "ready")
            {
                await RunAsync(_proxy.Request("first"), "first");
                _state = "answering";
            }
            else
            {
                await StepAsync();
            }
        }
    }

    // The right answer of a step of the handshake, and the next question.
    private async Task StepAsync()
    {
        await _peer.AnswerAsync(_query, RightAnswer());
        _state = NextState();
        await AskedAsync();
    }

    private async Task AskedAsync()
    {
        switch (_state)
        {
            case "proving":
                _query = await _peer.QueryAsync<AttestationExchange>();
                break;
            case "comparing":
                _query = await _peer.QueryAsync<WorkerCompareBalanceWithProxy>();
                break;
            case "extended":
                _query = await _peer.QueryAsync<WorkerExtendedCompareBalanceWithProxy>();
                break;
            case "finishing":
                _query = await _peer.QueryAsync<WorkerProxyHandshakeComplete>();
                break;
            default:
                await UntilAsync(() => _session.Ready);
                break;
        }
    }

    private string NextState() => _state switch
    {
        "introducing" => _proving ? "proving" : "comparing",
        "proving" => "comparing",
        "comparing" => _extended ? "extended" : "finishing",
        "extended" => "finishing",
        _ => "ready",
    };

    private WorkerConnectedToProxy Introduction()
    {
        var introduction = _proxy.Introduce();
        return _proving ? introduction with { Params = introduction.Params with { ProtoVersion = ProtocolVersions.FreshEvidence } } : introduction;
    }

    private ITlObject RightAnswer() => _state switch
    {
        "introducing" => Introduction(),
        "proving" => new AttestationEvidence(FakeExchange.Good, []),
        "comparing" => new WorkerCompareBalanceWithProxyResult(_proxy.Payment(5), 5, 5, _extended ? 1 : 0),
        "extended" => new WorkerExtendedCompareBalanceWithProxyResult(0),
        _ => new WorkerProxyHandshakeCompleted(),
    };

    private async Task HappenAsync(string happening)
    {
        switch (happening)
        {
            case "the right answer":
                await _peer.AnswerAsync(_query, RightAnswer());
                break;
            case "the right answer twice":
                await _peer.AnswerAsync(_query, RightAnswer());
                await _peer.AnswerAsync(_query, RightAnswer());
                break;
            case "a refusal":
                await _peer.SendAsync(new TcpQueryError(_query, ErrorCodes.NotReady, "no"));
                break;
            case "an answer of another type":
                await _peer.AnswerAsync(_query, new ProxySignedPaymentEmpty());
                break;
            case "a truncated answer":
                await _peer.SendAsync(new TcpQueryAnswer(_query, TlSerializer.Serialize(RightAnswer())[..^1]));
                break;
            case "evidence that is refused":
                await _peer.AnswerAsync(_query, new AttestationEvidence(FakeExchange.Bad, []));
                break;
            case "an answer to no question":
                await _peer.AnswerAsync(~_query, new WorkerProxyHandshakeCompleted());
                await _peer.SendAsync(new TcpQueryError(~_query, 1, "no"));
                break;
            case "proxy.runQueryEx" or "proxy.runQuery":
                await _peer.SendMessageAsync(Request(_proxy.Request(happening), old: happening == "proxy.runQuery"));
                break;
            case "proxy.workerRequestPayment":
                await _peer.SendMessageAsync(Payment(_proxy.Payment(7), 7, 7));
                break;
            case "proxy.signedPayment":
                await _peer.SendMessageAsync(_proxy.Payment(7));
                break;
            case "proxy.signedPaymentEmpty":
                await _peer.SendMessageAsync(new ProxySignedPaymentEmpty());
                break;
            case "a message for somebody else":
                await _peer.SendMessageAsync(new ClientQueryAnswerErrorEx(Bits256.Zero, 1, "x", null));
                await _peer.SendMessageAsync(new WorkerEnabledDisabled(1));
                break;
            case "a message that cannot be decoded":
                await _peer.SendMessageAsync([0xef, 0xbe, 0xad, 0xde]);
                await _peer.SendMessageAsync([]);
                await _peer.SendMessageAsync(TlSerializer.Serialize(_proxy.Request("x"))[..^4]);
                await _peer.SendMessageAsync(TlSerializer.Serialize(Payment(_proxy.Payment(9), 9, 9))[..^4]);
                break;
            case "a query":
                await _peer.SendAsync(new TcpQuery(1, TlSerializer.Serialize(new WorkerUpdatePaymentStatus())));
                break;
            case "attestation.prove":
                await _peer.SendAsync(new TcpQuery(1, TlSerializer.Serialize(new AttestationProve(Bits256.Zero))));
                break;
            case "signs of life only, for a minute":
                for (var second = 0; second < 60 && !_serving.IsCompleted; second += 5)
                {
                    await _peer.SendAsync(new TcpPing(1));
                    // The session may end at any of these.
                    await Task.WhenAny(_peer.ReceiveAsync<TcpPong>());
                    await Task.Run(() => _bench.Time.Advance(TimeSpan.FromSeconds(5)));
                }
                break;
            case "silence":
                await SilenceAsync();
                break;
            case "a closed connection":
                await _peer.Transport.Output.CompleteAsync();
                break;
            case "nothing is read any more":
                await StallAsync();
                break;
            default:
                throw new InvalidDataException($"the table says '{happening}'");
        }
    }

    private async Task TellAsync(string way, string told)
    {
        using var otherKey = Ed25519PrivateKey.Generate();
        var contract = _proxy.Channel.Address;
        if (way == "answer")
            await PassToStatusAsync();
        switch (told)
        {
            case "a refusal":
                await _peer.SendAsync(new TcpQueryError(_query, ErrorCodes.Failure, "not now"));
                return;
            case "an answer of another type":
                await _peer.AnswerAsync(_query, new WorkerProxyHandshakeCompleted());
                return;
            case "a truncated answer":
                await _peer.SendAsync(new TcpQueryAnswer(_query, TlSerializer.Serialize(new WorkerPaymentStatus(_proxy.Payment(9), 9, 9))[..^1]));
                return;
            case "signs of life only":
                for (var second = 0; second < 60; second += 5) await PassWithSignsAsync(TimeSpan.FromSeconds(5));
                return;
        }
        var (payment, stored, max) = told switch
        {
            "higher figures" => ((IProxySignedPayment)_proxy.Payment(7), 8L, 9L),
            "the same figures" or "lower than the other way told meanwhile" => (_proxy.Payment(5), 5, 5),
            "a lower voucher" => (_proxy.Payment(4), 5, 5),
            "fewer tokens stored" => (_proxy.Payment(5), 4, 5),
            "fewer tokens counted" => (_proxy.Payment(5), 5, 4),
            "more stored than counted" => (_proxy.Payment(5), 7, 6),
            "negative figures" => (_proxy.Payment(5), -1, long.MinValue),
            "the highest figures there are" => (_proxy.Payment(5), long.MaxValue, long.MaxValue),
            "no voucher" => (new ProxySignedPaymentEmpty(), 8, 9),
            "a voucher that is no cell" => (new ProxySignedPayment(new byte[100]), 8, 9),
            "a voucher of another key" => (new ProxySignedPayment(Voucher.Sign(VoucherKind.WorkerPayout, 5, new(7), contract, ScriptedProxy.Owner, otherKey).ToBytes()), 8, 9),
            "a voucher for another worker" => (new ProxySignedPayment(_proxy.Sign(7, TestNetwork.Root).ToBytes()), 8, 9),
            "a voucher of another kind" => (new ProxySignedPayment(_proxy.Sign(7, kind: VoucherKind.ClientCharge).ToBytes()), 8, 9),
            _ => throw new InvalidDataException($"the table says '{told}'"),
        };
        if (way == "answer")
            await _peer.AnswerAsync(_query, new WorkerPaymentStatus(payment, stored, max));
        else
            await _peer.SendMessageAsync(Payment(payment, stored, max));
        if (told == "higher figures")
            await UntilAsync(() => _session.Account!.Figures.Signed.Value == 7);
    }

    private static ProxyWorkerRequestPayment Payment(IProxySignedPayment payment, long stored, long max) => new(Bits256.Zero, payment, stored, max, 1, "x");

    private async Task PassToStatusAsync()
    {
        while (!_peer.HasReceived<TcpQuery>()) await PassWithSignsAsync(TimeSpan.FromSeconds(5));
        _query = await _peer.QueryAsync<WorkerUpdatePaymentStatus>();
    }

    private async Task PassWithSignsAsync(TimeSpan span)
    {
        await _peer.PingAsync();
        await Task.Run(() => _bench.Time.Advance(span));
    }

    private Task SilenceAsync() => UntilAsync(() =>
    {
        _bench.Time.Advance(TimeSpan.FromSeconds(1));
        return _serving.IsCompleted;
    });

    private async Task StallAsync()
    {
        _bench.Engine.Part(new byte[1 << 20]);
        if (_state == "ready")
            await _peer.SendMessageAsync(_proxy.Request("unread"));
        while (!_serving.IsCompleted)
        {
            await _peer.SendAsync(new TcpPong(1));
            await Task.Run(() => _bench.Time.Advance(TimeSpan.FromSeconds(1)));
        }
    }

    private async Task RunAsync(ProxyRunQueryEx request, string name)
    {
        await _peer.SendMessageAsync(request);
        (await MessageOfAsync(name)).ShouldBeOfType<ProxyQueryAnswerEx>();
        _running.Add(name);
    }

    private async Task<ITlObject> MessageOfAsync(string name)
    {
        var id = _proxy.Request(name).RequestId;
        while (true)
        {
            var message = await _peer.MessageAsync();
            if (message switch
            {
                ProxyQueryAnswerEx answer => answer.RequestId,
                ProxyQueryAnswerPartEx part => part.RequestId,
                ProxyQueryAnswerErrorEx error => error.RequestId,
                _ => throw new InvalidDataException($"the worker sent {message.GetType().Name}"),
            } == id)
                return message;
        }
    }

    // The handshake reaches its end, and all that runs is answered, also a request that comes now.
    private async Task GoOnAsync()
    {
        while (Handshake.Contains(_state)) await StepAsync();
        foreach (var _ in _running) _bench.Engine.End();
        await UntilAsync(() => _bench.Core.Runner.Active == 0);
        await _peer.SendMessageAsync(_proxy.Request("last"));
        _bench.Engine.End();
        while (await MessageOfAsync("last") is not ProxyQueryAnswerPartEx { FinalInfo: not null })
        {
        }
        _serving.IsCompleted.ShouldBeFalse();
    }

    // The session is closed and all of it is gone, and the worker serves its next proxy.
    private async Task EndsAsync(EarningFigures? last = null)
    {
        await _serving.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        (_session.Ready, _session.Running, _bench.Core.Runner.Active).ShouldBe((false, 0, 0));
        await _peer.ClosedAsync();
        var next = _bench.NewProxy();
        var told = last ?? Told(5, 5, 5);
        (next.Signed, next.Stored, next.Max) = (told.Signed.Value, told.Stored.Value, told.Max.Value);
        await _bench.ReadyAsync(next);
        _bench.Engine.Clear();
        await next.AskAsync("next");
        _bench.Engine.End();
        while (await next.NextAsync() is not ProxyQueryAnswerPartEx { FinalInfo: not null })
        {
        }
    }
}
