using Cocoon.Contracts.Vouchers;
using Cocoon.Cryptography;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Worker.Tests.Fakes;
using static Cocoon.Node.Tests.Fakes.Eventually;

namespace Cocoon.Worker.Tests.Sessions;

public sealed class ProxySessionTests : IAsyncLifetime
{
    private readonly WorkerBench _bench = new();

    public Task InitializeAsync() => _bench.StartAsync();

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task Handshake_introduces_the_worker_and_ends_ready()
    {
        var proxy = _bench.NewProxy();
        (proxy.Signed, proxy.Stored, proxy.Max) = (5, 7, 9);
        var (session, _) = await _bench.ReadyAsync(proxy);
        var asked = proxy.Asked;
        asked.Select(query => query.GetType()).ShouldBe([typeof(WorkerConnectToProxy), typeof(WorkerCompareBalanceWithProxy), typeof(WorkerProxyHandshakeComplete)]);
        ((WorkerConnectToProxy)asked[0]).Params.ShouldBe(
            new WorkerParams(ScriptedProxy.Text(TestNetwork.Owner), "m@commit:hash", 1000, true, 1, 2, 1, 3));
        asked[1].ShouldBe(new WorkerCompareBalanceWithProxy(0, 0, 0));
        ((WorkerProxyHandshakeComplete)asked[2]).IsDisabled.ShouldBeFalse();
        session.ProtocolVersion.ShouldBe(2);
        session.Account!.Voucher!.Tokens.Value.ShouldBe(5);
        (session.Account.Stored.Value, session.Account.Max.Value).ShouldBe((7, 9));
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    public async Task The_version_that_the_proxy_chose_is_spoken(int? chosen, int expected)
    {
        var proxy = _bench.NewProxy();
        var introduction = proxy.Introduce();
        proxy.Introduce = () => introduction with { Params = introduction.Params with { ProtoVersion = chosen } };
        (await _bench.ReadyAsync(proxy)).Session.ProtocolVersion.ShouldBe(expected);
        await proxy.AskAsync("a", coefficient: 1);
        (await proxy.NextAsync()).ShouldBeOfType(expected == 0 ? typeof(ProxyQueryAnswerError) : typeof(ProxyQueryAnswerErrorEx));
    }

    [Theory]
    [InlineData("contract", "the address of the proxy's contract is wrong: found 0:")]
    [InlineData("garbage contract", "the address of the proxy's contract is wrong: found no TON address, wanted 0:")]
    [InlineData("owner", "the address of the proxy's contract is wrong")]
    [InlineData("garbage owner", "the address of the proxy's owner is no TON address")]
    [InlineData("key", "the address of the proxy's contract is wrong")]
    [InlineData("channel", "the address of this worker's contract is wrong")]
    [InlineData("test", "test mode mismatch: found False, wanted True")]
    [InlineData("version", "the proxy chose protocol version 4")]
    [InlineData("negative version", "the proxy chose protocol version -1")]
    [InlineData("old", "it is too old")]
    public async Task Wrong_introduction_ends_the_session_with_its_reason(string wrong, string reason)
    {
        var proxy = _bench.NewProxy();
        var right = proxy.Introduce();
        var elsewhere = ScriptedProxy.Text(TestNetwork.Root);
        proxy.Introduce = () => wrong switch
        {
            "contract" => right with { Params = right.Params with { ProxyScAddress = elsewhere } },
            "garbage contract" => right with { Params = right.Params with { ProxyScAddress = "x" } },
            "owner" => right with { Params = right.Params with { ProxyOwnerAddress = elsewhere } },
            "garbage owner" => right with { Params = right.Params with { ProxyOwnerAddress = "x" } },
            "key" => right with { Params = right.Params with { ProxyPublicKey = Bits256.Sha256("key"u8) } },
            "channel" => right with { WorkerScAddress = elsewhere },
            "test" => right with { Params = right.Params with { IsTest = false } },
            "version" => right with { Params = right.Params with { ProtoVersion = 4 } },
            "negative version" => right with { Params = right.Params with { ProtoVersion = -1 } },
            _ => right with { Params = right.Params with { IsTest = null, ProtoVersion = null } },
        };
        await EndsAsync(proxy, reason);
        proxy.Asked.Length.ShouldBe(1);
    }

    [Fact]
    public async Task Evidence_is_exchanged_before_anything_else_is_told()
    {
        var proxy = Newest();
        await _bench.ReadyAsync(proxy);
        proxy.Asked.Select(query => query.GetType()).ShouldBe(
            [typeof(WorkerConnectToProxy), typeof(AttestationExchange), typeof(WorkerCompareBalanceWithProxy), typeof(WorkerProxyHandshakeComplete)]);
        ((AttestationExchange)proxy.Asked[1]).Evidence.Quote.ToArray().ShouldBe(FakeExchange.Good);
        var nonce = Bits256.Random();
        (await proxy.Session.QueryAsync(new AttestationProve(nonce), Patience, default)).Quote.ToArray()
            .ShouldBe([.. FakeExchange.Good, .. nonce.ToArray()]);
    }

    [Fact]
    public async Task A_proxy_whose_evidence_is_not_of_this_connection_is_told_nothing()
    {
        var proxy = Newest();
        proxy.Evidence = FakeExchange.Bad;
        await EndsAsync(proxy, "the proxy's evidence for this connection was refused: word check: found bad evidence, wanted good.");
        proxy.Asked.Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_worker_that_demands_GPUs_refuses_a_proxy_of_a_version_without_them()
    {
        _bench.Exchange!.Absence = "GPU check: found none, wanted one.";
        await _bench.StartAsync();
        await EndsAsync(_bench.NewProxy(), _bench.Exchange.Absence);
    }

    [Fact]
    public async Task Behind_a_router_version_3_is_neither_offered_nor_taken()
    {
        _bench.Exchange = null;
        var proxy = Newest();
        await EndsAsync(proxy, "the proxy chose protocol version 3, wanted 0 to 2");
        ((WorkerConnectToProxy)proxy.Asked[0]).Params.MaxProtoVersion.ShouldBe(2);
    }

    private ScriptedProxy Newest()
    {
        var proxy = _bench.NewProxy();
        var introduction = proxy.Introduce();
        proxy.Introduce = () => introduction with { Params = introduction.Params with { ProtoVersion = 3 } };
        return proxy;
    }

    [Theory]
    [InlineData("empty", "showed no voucher")]
    [InlineData("garbage", "fails the check Format")]
    [InlineData("other worker", "fails the check Contract")]
    [InlineData("other kind", "fails the check Kind")]
    [InlineData("other key", "fails the check Signature")]
    [InlineData("stored above max", "it stored 5 tokens of 4 counted")]
    [InlineData("negative", "the counters went from 0/0 to -1/0")]
    public async Task Weakness_12_1_05_Wrong_comparison_ends_the_session_with_its_reason(string wrong, string reason)
    {
        var proxy = _bench.NewProxy();
        using var otherKey = Ed25519PrivateKey.Generate();
        WorkerCompareBalanceWithProxyResult Result(IProxySignedPayment payment, long stored = 0, long max = 0) => new(payment, stored, max, 0);
        proxy.Compare = _ => wrong switch
        {
            "empty" => Result(new ProxySignedPaymentEmpty()),
            "garbage" => Result(new ProxySignedPayment(new byte[] { 1, 2, 3 })),
            "other worker" => Result(new ProxySignedPayment(proxy.Sign(1, TestNetwork.Root).ToBytes())),
            "other kind" => Result(new ProxySignedPayment(proxy.Sign(1, kind: VoucherKind.WorkerLastPayout).ToBytes())),
            "other key" => Result(new ProxySignedPayment(
                Voucher.Sign(VoucherKind.WorkerPayout, 5, default, proxy.Channel.Address, TestNetwork.Owner, otherKey).ToBytes())),
            "stored above max" => Result(proxy.Payment(0), 5, 4),
            _ => Result(proxy.Payment(0), -1, 0),
        };
        await EndsAsync(proxy, reason);
        _bench.Core.Accounts.All.ShouldHaveSingleItem().Voucher.ShouldBeNull();
    }

    [Fact]
    public async Task Proxy_whose_image_is_not_listed_is_told_nothing()
    {
        var proxy = _bench.NewProxy();
        var (_, serving) = await _bench.ConnectAsync(proxy, Bits256.Sha256("other"u8));
        (await Should.ThrowAsync<IOException>(serving.WaitAsync(Patience))).Message.ShouldContain("is not among the 1 that the registry lists");
        proxy.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Refusal_of_the_proxy_is_the_reason()
    {
        var proxy = _bench.NewProxy();
        proxy.Introduce = () => throw new SessionQueryException(ErrorCodes.ProtocolViolation, "invalid worker model");
        await EndsAsync(proxy, "invalid worker model");
    }

    [Fact]
    public async Task Weakness_12_1_09_Next_session_claims_what_the_proxy_stored_and_no_more()
    {
        var proxy = _bench.NewProxy();
        (proxy.Signed, proxy.Stored, proxy.Max) = (5, 7, 9);
        var (_, serving) = await _bench.ReadyAsync(proxy);
        await proxy.Session.DisposeAsync();
        await EndAsync(serving);

        // The proxy was restarted and lost what it had not stored: that is told, and work goes on.
        var restarted = _bench.NewProxy();
        (restarted.Signed, restarted.Stored, restarted.Max) = (5, 7, 7);
        restarted.Compare = claim => new(restarted.Payment(5), 7, 7, claim.MaxTokens > 7 ? 1 : 0);
        var (session, _) = await _bench.ReadyAsync(restarted);
        restarted.Asked[1].ShouldBe(new WorkerCompareBalanceWithProxy(5, 7, 7));
        session.Account!.Max.Value.ShouldBe(7);
        _bench.Log.Count("has forgotten 2 adjusted tokens").ShouldBe(1);
        await restarted.PayAsync(restarted.Payment(6), 8, 8);
        await UntilAsync(() => session.Account.Max.Value == 8);
    }

    [Fact]
    public async Task Proxy_that_wants_the_extended_comparison_gets_it()
    {
        var proxy = _bench.NewProxy();
        proxy.Compare = _ => new WorkerCompareBalanceWithProxyResult(proxy.Payment(0), 0, 0, 1);
        await _bench.ReadyAsync(proxy);
        proxy.Asked.Select(query => query.GetType()).ShouldBe(
            [typeof(WorkerConnectToProxy), typeof(WorkerCompareBalanceWithProxy), typeof(WorkerExtendedCompareBalanceWithProxy), typeof(WorkerProxyHandshakeComplete)]);
    }

    [Theory]
    [InlineData(4, 7, 9, "the voucher says 4 tokens, an earlier one said 5")]
    [InlineData(5, 6, 9, "the counters went from 7/")]
    public async Task Proxy_that_went_back_since_the_last_session_is_refused(long signed, long stored, long max, string reason)
    {
        var proxy = _bench.NewProxy();
        (proxy.Signed, proxy.Stored, proxy.Max) = (5, 7, 9);
        var (_, serving) = await _bench.ReadyAsync(proxy);
        await proxy.Session.DisposeAsync();
        await EndAsync(serving);
        var restored = _bench.NewProxy();
        (restored.Signed, restored.Stored, restored.Max) = (signed, stored, max);
        await EndsAsync(restored, reason);
    }

    [Theory]
    [InlineData(4, 7, 9, "the voucher says 4 tokens, an earlier one said 5")]
    [InlineData(5, 6, 9, "the counters went from 7/9 to 6/9")]
    [InlineData(5, 7, 8, "the counters went from 7/9 to 7/8")]
    [InlineData(-1, 7, 9, "it shows no voucher")]
    public async Task Payment_that_goes_back_closes_the_session(long signed, long stored, long max, string reason)
    {
        var proxy = _bench.NewProxy();
        (proxy.Signed, proxy.Stored, proxy.Max) = (5, 7, 9);
        var (session, serving) = await _bench.ReadyAsync(proxy);
        // The session may be closed before its sender is done.
        await Task.WhenAny(proxy.PayAsync(signed < 0 ? new ProxySignedPaymentEmpty() : proxy.Payment(signed), stored, max));
        (await Should.ThrowAsync<SessionException>(serving.WaitAsync(Patience))).Message.ShouldContain(reason);
        (session.Account!.Voucher!.Tokens.Value, session.Account.Stored.Value, session.Account.Max.Value).ShouldBe((5, 7, 9));
        session.Ready.ShouldBeFalse();
    }

    [Fact]
    public async Task Interop_12_6_3_Voucher_is_kept_over_a_restart_and_the_claim_starts_at_zero()
    {
        var proxy = _bench.NewProxy();
        var (session, _) = await _bench.ReadyAsync(proxy);
        await proxy.PayAsync(proxy.Payment(11), 11, 12);
        await UntilAsync(() => session.Account!.Max.Value == 12);
        await _bench.StartAsync();
        var kept = _bench.Core.Accounts.All.ShouldHaveSingleItem();
        (kept.Voucher!.Tokens.Value, kept.Stored.Value, kept.Max.Value).ShouldBe((11, 0, 0));
        kept.Channel.Address.ShouldBe(proxy.Channel.Address);
        var after = _bench.NewProxy();
        (after.Signed, after.Stored, after.Max) = (11, 12, 12);
        (session, _) = await _bench.ReadyAsync(after);
        after.Asked[1].ShouldBe(new WorkerCompareBalanceWithProxy(0, 0, 0));
        session.Account.ShouldBeSameAs(kept);
    }

    [Fact]
    public async Task Request_that_comes_with_the_last_answer_of_the_handshake_is_run()
    {
        for (var round = 0; round < 20; round++)
        {
            var proxy = _bench.NewProxy();
            proxy.Early = proxy.Request("early" + round);
            _bench.Engine.End();
            await _bench.ConnectAsync(proxy);
            (await proxy.NextAsync()).ShouldBeOfType<ProxyQueryAnswerEx>();
            (await proxy.NextAsync()).ShouldBeOfType<ProxyQueryAnswerPartEx>();
            await UntilAsync(() => _bench.Core.Runner.Active == 0);
        }
    }

    [Fact]
    public async Task Request_before_the_handshake_ends_the_session()
    {
        var proxy = _bench.NewProxy();
        proxy.BeforeCompare = async () =>
        {
            await proxy.AskAsync("too early");
            await EndAsync(proxy.Session.Completion);
        };
        var (_, serving) = await _bench.ConnectAsync(proxy);
        (await Should.ThrowAsync<IOException>(serving.WaitAsync(Patience))).Message.ShouldContain("before the handshake was complete");
        _bench.Engine.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Requests_above_the_limit_are_refused_and_the_others_run()
    {
        var proxy = _bench.NewProxy();
        var (session, _) = await _bench.ReadyAsync(proxy);
        await proxy.AskAsync("1");
        await proxy.AskAsync("2");
        await UntilAsync(() => _bench.Core.Runner.Active == 2);
        (await proxy.NextAsync()).ShouldBeOfType<ProxyQueryAnswerEx>();
        (await proxy.NextAsync()).ShouldBeOfType<ProxyQueryAnswerEx>();
        session.Running.ShouldBe(2);
        await proxy.AskAsync("3");
        var refusal = (await proxy.NextAsync()).ShouldBeOfType<ProxyQueryAnswerErrorEx>();
        (refusal.ErrorCode, refusal.Error, refusal.RequestId).ShouldBe((ErrorCodes.Error, "too many active queries", proxy.Request("3").RequestId));
        refusal.FinalInfo.ShouldNotBeNull();
        _bench.Engine.End();
        _bench.Engine.End();
        await UntilAsync(() => _bench.Core.Runner.Active == 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Voucher_that_cannot_be_kept_closes_the_session_however_it_comes(bool withRequest)
    {
        var proxy = _bench.NewProxy();
        var (session, serving) = await _bench.ReadyAsync(proxy);
        // Nothing can be written where a folder is.
        Directory.CreateDirectory(_bench.Core.Node.Folder.File($"voucher-{session.Account!.Channel.Address.Hash}.boc"));
        // The session may be closed before its sender is done.
        await Task.WhenAny(withRequest ? proxy.SendAsync(proxy.Request("a") with { SignedPayment = proxy.Payment(5) }) : proxy.PayAsync(proxy.Payment(5), 5, 5));
        (await Should.ThrowAsync<IOException>(serving.WaitAsync(Patience))).Message.ShouldContain("the proxy's voucher cannot be kept");
        _bench.Engine.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Request_at_another_coefficient_is_refused()
    {
        var proxy = _bench.NewProxy();
        await _bench.ReadyAsync(proxy);
        await proxy.AskAsync("cheap", coefficient: 1);
        var refusal = (await proxy.NextAsync()).ShouldBeOfType<ProxyQueryAnswerErrorEx>();
        (refusal.ErrorCode, refusal.Error).ShouldBe((ErrorCodes.ProtocolViolation, "coefficient 1 is not the announced 1000"));
        _bench.Engine.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task End_of_the_connection_stops_the_engine()
    {
        var proxy = _bench.NewProxy();
        var (session, serving) = await _bench.ReadyAsync(proxy);
        await proxy.AskAsync("a");
        (await proxy.NextAsync()).ShouldBeOfType<ProxyQueryAnswerEx>();
        await proxy.Session.DisposeAsync();
        await _bench.Engine.Stopped.Task.WaitAsync(Patience);
        await EndAsync(serving);
        (session.Running, _bench.Core.Runner.Active).ShouldBe((0, 0));
    }

    [Fact]
    public async Task Change_of_the_engines_health_is_announced_once()
    {
        var proxy = _bench.NewProxy();
        _bench.Core.EngineHealthy = false;
        var (session, _) = await _bench.ReadyAsync(proxy);
        ((WorkerProxyHandshakeComplete)proxy.Asked[^1]).IsDisabled.ShouldBeTrue();
        session.Announce(disabled: true);
        session.Announce(disabled: false);
        session.Announce(disabled: false);
        session.Announce(disabled: true);
        (await proxy.NextAsync()).ShouldBe(new WorkerEnabledDisabled(0));
        (await proxy.NextAsync()).ShouldBe(new WorkerEnabledDisabled(1));
    }

    [Fact]
    public async Task Payment_status_is_asked_for_again_after_a_refusal()
    {
        var proxy = _bench.NewProxy();
        var (session, _) = await _bench.ReadyAsync(proxy);
        await PassUntilAsync(proxy, () => _bench.Log.Count("does not tell what it owes") > 0);
        session.Account!.Voucher!.Tokens.Value.ShouldBe(0);
        proxy.Status = () => new WorkerPaymentStatus(proxy.Payment(3), 3, 3);
        await PassUntilAsync(proxy, () => session.Account.Voucher.Tokens.Value == 3);
    }

    [Fact]
    public async Task Queries_of_a_proxy_are_refused()
    {
        var proxy = _bench.NewProxy();
        await _bench.ReadyAsync(proxy);
        var refusal = await Should.ThrowAsync<SessionQueryException>(() => proxy.Session.QueryAsync(new WorkerUpdatePaymentStatus(), Patience, default));
        refusal.Code.ShouldBe(ErrorCodes.ProtocolViolation);
    }

    private async Task PassUntilAsync(ScriptedProxy proxy, Func<bool> condition)
    {
        while (!condition()) await _bench.PassWithSignsAsync(proxy, TimeSpan.FromSeconds(5));
    }

    private async Task EndsAsync(ScriptedProxy proxy, string reason)
    {
        var (session, serving) = await _bench.ConnectAsync(proxy);
        (await Should.ThrowAsync<IOException>(serving.WaitAsync(Patience))).Message.ShouldContain(reason);
        session.Ready.ShouldBeFalse();
    }

    private static async Task EndAsync(Task serving) => await serving.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
