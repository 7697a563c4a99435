using Cocoon.Contracts.Economics;
using Cocoon.Contracts.Vouchers;
using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Proxy.Ledger;
using Cocoon.Proxy.Sessions;

namespace Cocoon.Proxy.Tests.Sessions;

/// <summary>What is known to hurt a proxy of this network, played by peers that write their own packets.</summary>
public sealed class WeaknessTests
{
    [Theory]
    [InlineData(null, null, null)]
    [InlineData(0, 0, null)]
    [InlineData(0, 1, 1)]
    [InlineData(1, 2, 2)]
    [InlineData(1, 3, 3)]
    [InlineData(2, int.MaxValue, 3)]
    public async Task Weakness_12_1_02_A_refusal_comes_in_the_constructors_of_the_version_agreed_on(int? oldest, int? newest, int? agreed)
    {
        await using var proxy = await TestProxy.StartAsync();
        await using var client = await RawPeer.ClientAsync(proxy, ClientSessionState.Connecting);
        var params_ = (await client.AskAsync(new ClientConnectToProxy(new ClientParams(client.Owner.ToRaw(), true, oldest, newest), 5))).Params;
        params_.ProtoVersion.ShouldBe(agreed);
        if (agreed == 3)
            await client.AskAsync(RawPeer.Exchange());
        await client.AskAsync(new ClientAuthorizeWithProxyShort(RawPeer.Secret));
        var request = Scene.Request();
        await client.SendAsync(request);
        if (agreed is null)
        {
            (await client.Inbox.NextAsync<ClientQueryAnswerError>()).RequestId.ShouldBe(request.RequestId);
            return;
        }
        var refusal = await client.Inbox.NextAsync<ClientQueryAnswerErrorEx>();
        refusal.RequestId.ShouldBe(request.RequestId);
        (refusal.FinalInfo.ShouldNotBeNull().ProxyStartTime is not null).ShouldBe(agreed >= 2);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(1, 3)]
    public async Task A_whole_request_is_in_the_constructors_of_the_version_agreed_on(int? oldest, int? newest)
    {
        await using var scene = await Scene.StartAsync(oldest: oldest, newest: newest);
        await scene.Client.SendAsync(Scene.Request(debug: true));
        if (newest is null)
        {
            var asked = await scene.Worker.Inbox.NextAsync<ProxyRunQuery>();
            await scene.Worker.SendAsync(new ProxyQueryAnswer(Scene.Head(), false, asked.RequestId, Scene.Tokens(0)));
            (await scene.Client.Inbox.NextAsync<ClientQueryAnswer>()).IsCompleted.ShouldBeFalse();
            await scene.Worker.SendAsync(new ProxyQueryAnswerPart(default, true, asked.RequestId, Scene.Tokens(9)));
            (await scene.Client.Inbox.NextAsync<ClientQueryAnswerPart>()).RequestTokensUsed.ShouldBe(Scene.Tokens(9));
            return;
        }
        var query = await scene.Worker.Inbox.NextAsync<ProxyRunQueryEx>();
        query.EnableDebug.ShouldBe(true);
        await scene.Worker.SendAsync(new ProxyQueryAnswerEx(query.RequestId, Scene.Head(), null));
        if (newest >= ProtocolVersions.FreshEvidence) await scene.Client.Inbox.NextAsync<ClientAnswerEvidence>();
        await scene.Client.Inbox.NextAsync<ClientQueryAnswerEx>();
        await scene.Worker.SendAsync(new ProxyQueryAnswerPartEx(query.RequestId, default, new ProxyQueryFinalInfo(Scene.Tokens(9), "{}", 1.5, 2.5)));
        var info = (await scene.Client.Inbox.NextAsync<ClientQueryAnswerPartEx>()).FinalInfo.ShouldNotBeNull();
        (info.WorkerStartTime, info.WorkerEndTime).ShouldBe(newest >= 2 ? (1.5, 2.5) : ((double?)null, (double?)null));
        info.WorkerDebug.ShouldBe("{}");
        var debug = System.Text.Json.JsonDocument.Parse(info.ProxyDebug!).RootElement;
        debug.GetProperty("type").GetString().ShouldBe("proxy_stats");
        new[] { "start_time", "answer_receive_start_at", "answer_receive_end_at" }.Select(name => debug.GetProperty(name).GetDouble()).ShouldBeInOrder();
    }

    [Fact]
    public async Task Weakness_12_1_04_Malformed_messages_of_a_worker_fail_their_own_request_only()
    {
        await using var scene = await Scene.StartAsync();
        var other = await scene.StreamAsync();
        await scene.Worker.SendAsync(new ProxyQueryAnswerErrorEx(await scene.AskAsync(), 621, "no totals", null));
        await scene.ErrorAsync(621);
        await scene.Worker.SendAsync(new ProxyQueryAnswerEx(await scene.AskAsync(), new byte[] { 9, 9, 9, 9 }, Scene.Final(long.MaxValue)));
        await scene.ErrorAsync(621);
        var cut = TlSerializer.Serialize(new ProxyQueryAnswerEx(await scene.AskAsync(Scene.Request(timeout: 5)), Scene.Head(), Scene.Final(1)));
        await scene.Worker.SendPacketAsync(new TcpPacket(cut.AsMemory(0, cut.Length - 4)));
        await scene.Worker.AliveAsync();
        scene.Proxy.Time.Advance(TimeSpan.FromSeconds(6));
        await scene.ErrorAsync(652);
        await scene.Worker.SendAsync(new ProxyQueryAnswerPartEx(other, default, Scene.Final(7)));
        (await scene.Client.Inbox.NextAsync<ClientQueryAnswerPartEx>()).FinalInfo!.TokensUsed.TotalTokensUsed.ShouldBe(7);
        await scene.NothingRunsAsync();
        scene.Used.Stored.ShouldBe(Some.Tokens(7));
    }

    [Fact]
    public async Task Weakness_12_1_06_A_request_that_ends_after_its_channel_began_to_close_is_settled_like_any_other()
    {
        await using var scene = await Scene.StartAsync();
        var id = await scene.StreamAsync();
        scene.Proxy.PutClient(scene.Client.Owner, phase: Contracts.Channels.ContractPhase.Closing);
        await scene.Proxy.Channels.RefreshAsync(scene.Client.Owner, default);
        await scene.Client.SendAsync(Scene.Request());
        await scene.ErrorAsync(651);
        await scene.Worker.SendAsync(new ProxyQueryAnswerPartEx(id, default, Scene.Final(12)));
        (await scene.Client.Inbox.NextAsync<ClientQueryAnswerPartEx>()).FinalInfo!.TokensUsed.TotalTokensUsed.ShouldBe(12);
        await scene.NothingRunsAsync();
        (scene.Used.Stored, scene.Earned.Stored).ShouldBe((Some.Tokens(12), Some.Tokens(12)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Weakness_12_1_07_A_worker_that_vanishes_leaves_no_reservation_and_no_running_request(bool streaming)
    {
        await using var scene = await Scene.StartAsync();
        await (streaming ? scene.StreamAsync() : scene.AskAsync());
        scene.Used.Running.ShouldBe(1);
        await scene.Worker.EndAsync();
        await scene.ErrorAsync(601);
        await scene.NothingRunsAsync();
        scene.Used.Stored.ShouldBe(AdjustedTokens.Zero);
        scene.Proxy.Pool.Snapshot()[TestProxy.Model].ShouldBeEmpty();
        await using var next = await RawPeer.WorkerAsync(scene.Proxy, number: 12);
        await scene.Client.SendAsync(Scene.Request());
        await next.Inbox.NextAsync<ProxyRunQueryEx>();
    }

    [Fact]
    public async Task Weakness_12_1_13_A_peer_that_speaks_the_other_roles_part_moves_nothing()
    {
        await using var scene = await Scene.StartAsync();
        var id = await scene.StreamAsync();
        await scene.Client.SendAsync(new ProxyQueryAnswerPartEx(id, default, Scene.Final(0)));
        await scene.Client.SendAsync(new WorkerNewCoefficient(-1));
        await scene.Client.SendAsync(new WorkerEnabledDisabled(1));
        (await scene.Client.RefusedAsync(scene.Worker.Introduction())).Code.ShouldBe(621);
        await scene.Worker.SendAsync(Scene.Request());
        (await scene.Worker.RefusedAsync(new ClientAuthorizeWithProxyLong())).Code.ShouldBe(621);
        (await scene.Worker.RefusedAsync(new ClientRequestRefund())).Code.ShouldBe(621);
        await scene.Worker.SendAsync(new ProxyQueryAnswerPartEx(id, default, Scene.Final(3)));
        (await scene.Client.Inbox.NextAsync<ClientQueryAnswerPartEx>()).FinalInfo!.TokensUsed.TotalTokensUsed.ShouldBe(3);
        scene.Proxy.Worker(scene.Worker.Owner).Enabled.ShouldBeTrue();
    }

    [Theory]
    [InlineData(int.MaxValue, 1, null)]
    [InlineData(int.MaxValue, int.MaxValue, null)]
    [InlineData(1, int.MaxValue, null)]
    [InlineData(int.MinValue, int.MinValue, null)]
    [InlineData(1_000_000, 1, 1_000_000)]
    [InlineData(1_000_000, 3, 333_334)]
    [InlineData(1, 1_000_000, 1)]
    public async Task Weakness_12_1_14_Announced_numbers_do_not_overflow_the_limit(int requests, int proxies, int? limit)
    {
        await using var proxy = await TestProxy.StartAsync();
        await using var worker = await RawPeer.WorkerAsync(proxy, WorkerSessionState.Connecting);
        var introduction = worker.Introduction();
        introduction = introduction with { Params = introduction.Params with { MaxActiveRequests = requests, ProxyCnt = proxies } };
        if (limit is null)
        {
            (await worker.RefusedAsync(introduction)).Code.ShouldBe(621);
            proxy.Pool.Snapshot().ShouldBeEmpty();
            return;
        }
        await worker.AskAsync(introduction);
        proxy.Worker(worker.Owner).Limit.ShouldBe(limit.Value);
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(long.MinValue, false)]
    [InlineData(1_000_000, true)]
    [InlineData(long.MaxValue, true)]
    public async Task Weakness_12_2_01_What_a_worker_reports_counts_within_the_reservation_only(long reported, bool all)
    {
        await using var scene = await Scene.StartAsync();
        var id = await scene.StreamAsync();
        var reserved = scene.Used.Reserved.Value;
        await scene.Worker.SendAsync(new ProxyQueryAnswerPartEx(
            id, default, new ProxyQueryFinalInfo(new TokensUsed(long.MinValue, -1, long.MaxValue, 3, reported), null, null, null)));
        var expected = all ? reserved : 0;
        (await scene.Client.Inbox.NextAsync<ClientQueryAnswerPartEx>()).FinalInfo!.TokensUsed
            .ShouldBe(new TokensUsed(0, 0, expected, Math.Min(3, expected), expected));
        await scene.NothingRunsAsync();
        (scene.Used.Stored, scene.Earned.Stored).ShouldBe((Some.Tokens(expected), Some.Tokens(expected)));
    }

    [Theory]
    [InlineData(-1, 100)]
    [InlineData(int.MinValue, int.MaxValue)]
    [InlineData(1000, -1)]
    [InlineData(int.MaxValue, int.MinValue)]
    public async Task Weakness_12_2_03_Negative_limits_are_refused_and_free_nothing(int cap, int tokens)
    {
        await using var scene = await Scene.StartAsync(tokens: 500);
        await scene.Client.SendAsync(Scene.Request(cap: cap, tokens: tokens));
        await scene.ErrorAsync(621);
        await scene.NothingRunsAsync();
        await scene.Client.SendAsync(Scene.Request(tokens: 501));
        await scene.ErrorAsync(602);
        await scene.ServeAsync();
    }

    [Theory]
    [InlineData("""{"max_tokens":100}""", 100, 100)]
    [InlineData("""{"max_tokens":100}""", 700, 700)]
    [InlineData("""{"max_tokens":5000}""", 1, 5000)]
    [InlineData("""{"max_tokens":1,"max_completion_tokens":300}""", 1, 300)]
    [InlineData("""{"max_tokens":100,"n":7}""", 100, 700)]
    [InlineData("""{"max_tokens":100,"n":2,"best_of":9}""", 100, 900)]
    [InlineData("""{"max_tokens":100,"\u006e":7}""", 100, 700)]
    [InlineData("""{"n":7,"max_tokens":100,"n":1}""", 100, 700)]
    [InlineData("""{"messages":[{"n":50,"max_tokens":50}],"max_tokens":100}""", 100, 100)]
    [InlineData("""{"prompt":["a","b","c"],"max_tokens":100,"n":2}""", 100, 600)]
    [InlineData("""{"prompt":[[1,2],[3]],"max_tokens":100}""", 100, 200)]
    [InlineData("""{"prompt":[1,2,3],"max_tokens":100}""", 100, 100)]
    [InlineData("""{"prompt":"abc","max_tokens":100}""", 100, 100)]
    [InlineData("""{"max_tokens":null,"max_completion_tokens":100,"n":null,"best_of":null}""", 100, 100)]
    public async Task Weakness_12_2_04_The_reservation_covers_every_answer_at_the_dearest_multiplier(string body, int tokens, int completion)
    {
        var multipliers = new TokenMultipliers(new Multiplier(20_000), new Multiplier(1_000), new Multiplier(80_000), new Multiplier(10_000));
        await using var scene = await Scene.StartAsync(await TestProxy.StartAsync(parameters: Some.Parameters with { Multipliers = multipliers }));
        var request = Scene.Request(body, tokens: tokens);
        var id = await scene.AskAsync(request);
        scene.Used.Reserved.ShouldBe(Some.Tokens((request.Query.Length * 2) + (completion * 8)));
        await scene.Worker.SendAsync(new ProxyQueryAnswerEx(id, Scene.Head(), Scene.Final(completion * 8)));
        (await scene.Client.Inbox.NextAsync<ClientQueryAnswerEx>()).FinalInfo!.TokensUsed.TotalTokensUsed.ShouldBe(completion * 8);
    }

    [Theory]
    [InlineData("{}", """{"max_tokens":100}""")]
    [InlineData("""{"n":3,"stream":true}""", """{"n":3,"stream":true,"max_tokens":100}""")]
    [InlineData("""{"n":3 }  """, """{"n":3 ,"max_tokens":100}""")]
    public async Task Weakness_12_2_04_A_request_without_a_limit_is_given_the_reserved_one(string body, string passedOn)
    {
        await using var scene = await Scene.StartAsync();
        var http = TlSerializer.Deserialize<HttpRequest>(Scene.Http(body)) with { Headers = [new HttpHeader("A", "b"), new HttpHeader("content-length", "1")] };
        await scene.Client.SendAsync(Scene.Request() with { Query = TlSerializer.Serialize(http) });
        var got = TlSerializer.Deserialize<HttpRequest>((await scene.Worker.Inbox.NextAsync<ProxyRunQueryEx>()).Query);
        System.Text.Encoding.UTF8.GetString(got.Payload.Span).ShouldBe(passedOn);
        got.Headers.ShouldBe([new HttpHeader("A", "b"), new HttpHeader("Content-Length", $"{passedOn.Length}")]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{} {}")]
    [InlineData("""{"max_tokens":100,}""")]
    [InlineData("""{"max_tokens":1e2}""")]
    [InlineData("""{"max_tokens":null}""")]
    [InlineData("""{"max_tokens":-1}""")]
    [InlineData("""{"max_tokens":1,"n":"7"}""")]
    [InlineData("""{"max_tokens":1,"n":99999999999}""")]
    [InlineData("""{"max_tokens":1,"best_of":2.5}""")]
    [InlineData("""{"max_tokens":1,"\ud800":1}""")]
    public async Task Weakness_12_2_04_A_request_that_cannot_be_metered_is_refused_without_a_word_of_it(string body)
    {
        await using var scene = await Scene.StartAsync();
        await scene.Client.SendAsync(Scene.Request(body));
        (await scene.ErrorAsync(621)).Error.ShouldNotContain("99999999999");
        await scene.ServeAsync();
    }

    [Fact]
    public async Task Weakness_12_2_04_More_answers_than_numbers_hold_are_more_than_anybody_has()
    {
        await using var scene = await Scene.StartAsync();
        var prompts = string.Join(',', Enumerable.Repeat("\"\"", 3));
        await scene.Client.SendAsync(Scene.Request($$"""{"prompt":[{{prompts}}],"max_tokens":{{int.MaxValue}},"n":{{int.MaxValue}}}"""));
        (await scene.ErrorAsync(602)).Error.ShouldContain("balance is too low");
    }

    [Fact]
    public async Task Weakness_12_2_06_A_large_stake_is_worth_the_same_after_a_restart()
    {
        await using var first = await TestProxy.StartAsync();
        await using (await RawPeer.ClientAsync(first, tokens: 50_000_000_000))
            first.Channels.Credit(Some.Address(1)).ShouldBe(Some.Tokens(50_000_000_000));
        await using var second = await first.RestartAsync();
        await using var client = await RawPeer.ClientAsync(second, tokens: 50_000_000_000);
        second.Channels.Credit(client.Owner).ShouldBe(Some.Tokens(50_000_000_000));
    }

    [Fact]
    public async Task Weakness_12_2_07_No_voucher_says_more_than_what_a_killed_proxy_still_knows()
    {
        await using var scene = await Scene.StartAsync();
        await scene.ServeAsync(30);
        await scene.CommitAndTakeAsync();
        await scene.ServeAsync(12);
        var status = await scene.Client.AskAsync(new ClientUpdatePaymentStatus());
        status.DbTokens.ShouldBe(42);
        Read(scene.Proxy, VoucherKind.ClientCharge, LedgerSide.Client, scene.Client, status.SignedPayment).Tokens.ShouldBe(Some.Tokens(30));
        await using var again = await scene.Proxy.RestartAsync();
        again.Ledger.Read(LedgerSide.Client, scene.Client.Owner).Max.ShouldBe(Some.Tokens(42));
        again.Vouchers.Current(LedgerSide.Client, scene.Client.Owner).Tokens.ShouldBe(Some.Tokens(0));
    }

    [Fact]
    public async Task Weakness_12_2_07a_Counters_of_former_parameters_are_signed_for_the_former_contract_only()
    {
        await using var scene = await Scene.StartAsync();
        var id = await scene.StreamAsync();
        await scene.ServeAsync(30);
        await scene.Worker.SendAsync(new ProxyQueryAnswerPartEx(id, default, Scene.Final(12)));
        await scene.Client.Inbox.NextAsync<ClientQueryAnswerPartEx>();
        await scene.CommitAsync();
        var former = scene.Proxy.Vouchers.Current(LedgerSide.Worker, scene.Worker.Owner);
        (former.Tokens, former.Contract).ShouldBe((Some.Tokens(42), scene.Proxy.Identity.Worker(scene.Worker.Owner).Address));

        await using var next = await scene.Proxy.RestartAsync(Some.Parameters with { Version = 2, Price = new TokenPrice(3) });
        await using var worker = await RawPeer.WorkerAsync(next, WorkerSessionState.Comparing);
        var compared = await worker.AskAsync(new WorkerCompareBalanceWithProxy(0, 0, 0));
        (compared.TokensCommittedToDb, compared.MaxTokens).ShouldBe((0, 0));
        var voucher = Read(next, VoucherKind.WorkerPayout, LedgerSide.Worker, worker, compared.SignedPayment);
        voucher.Tokens.ShouldBe(Some.Tokens(0));
        voucher.Contract.ShouldNotBe(former.Contract);
        await using var again = await next.RestartAsync(Some.Parameters);
        again.Ledger.Read(LedgerSide.Worker, worker.Owner).Stored.ShouldBe(Some.Tokens(42));
    }

    [Fact]
    public async Task Weakness_12_2_12_A_voucher_is_signed_once_for_each_counter_and_never_for_less()
    {
        await using var scene = await Scene.StartAsync();
        async Task<Voucher> NextAsync() => Read(
            scene.Proxy, VoucherKind.WorkerPayout, LedgerSide.Worker, scene.Worker, (await scene.Worker.AskAsync(new WorkerUpdatePaymentStatus())).SignedPayment);

        var first = await NextAsync();
        (await NextAsync()).ToBytes().ShouldBe(first.ToBytes());
        await scene.ServeAsync(5);
        (await NextAsync()).ToBytes().ShouldBe(first.ToBytes());
        await scene.CommitAsync();
        (await scene.Worker.Inbox.NextAsync<ProxySignedPayment>()).Data.ToArray().ShouldBe((await NextAsync()).ToBytes());
        (await NextAsync()).Tokens.ShouldBe(Some.Tokens(5));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Interop_12_6_2_Totals_come_with_the_last_message_and_with_no_other(int version)
    {
        await using var scene = await Scene.StartAsync(oldest: version, newest: version);
        var id = await scene.AskAsync();
        await scene.Worker.SendAsync(new ProxyQueryAnswerEx(id, Scene.Head(), null));
        if (version >= ProtocolVersions.FreshEvidence) await scene.Client.Inbox.NextAsync<ClientAnswerEvidence>();
        (await scene.Client.Inbox.NextAsync<ClientQueryAnswerEx>()).FinalInfo.ShouldBeNull();
        await scene.Worker.SendAsync(new ProxyQueryAnswerPartEx(id, new byte[] { 1 }, null));
        (await scene.Client.Inbox.NextAsync<ClientQueryAnswerPartEx>()).FinalInfo.ShouldBeNull();
        await scene.Worker.SendAsync(new ProxyQueryAnswerErrorEx(id, 601, "broke", null));
        (await scene.ErrorAsync(601)).FinalInfo!.TokensUsed.ShouldBe(Scene.Tokens(0));
        await scene.Worker.SendAsync(new ProxyQueryAnswerEx(await scene.AskAsync(), Scene.Head(), Scene.Final(4)));
        if (version >= ProtocolVersions.FreshEvidence) await scene.Client.Inbox.NextAsync<ClientAnswerEvidence>();
        (await scene.Client.Inbox.NextAsync<ClientQueryAnswerEx>()).FinalInfo!.TokensUsed.TotalTokensUsed.ShouldBe(4);
    }

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(30, 42, 42, 0)]
    [InlineData(0, 42, 42, 0)]
    [InlineData(0, 0, 43, 1)]
    [InlineData(30, 42, long.MaxValue, 1)]
    public async Task Interop_12_6_3_A_worker_is_shown_a_real_voucher_and_counters_no_smaller_than_its_own(long chain, long stored, long max, int error)
    {
        await using var scene = await Scene.StartAsync();
        await scene.ServeAsync(30);
        await scene.CommitAndTakeAsync();
        await scene.ServeAsync(12);
        await scene.Worker.EndAsync();
        await using var worker = await RawPeer.WorkerAsync(scene.Proxy, WorkerSessionState.Comparing);
        var compared = await worker.AskAsync(new WorkerCompareBalanceWithProxy(chain, stored, max));
        Read(scene.Proxy, VoucherKind.WorkerPayout, LedgerSide.Worker, worker, compared.SignedPayment).Tokens.Value.ShouldBeGreaterThanOrEqualTo(chain);
        compared.TokensCommittedToDb.ShouldBeGreaterThanOrEqualTo(stored);
        (compared.ErrorCode, compared.MaxTokens).ShouldBe((error, 42));
        if (error == 1)
            (await worker.AskAsync(new WorkerExtendedCompareBalanceWithProxy(stored, default))).ErrorCode.ShouldBe(0);
        await worker.AskAsync(new WorkerProxyHandshakeComplete(false));
        (await worker.AskAsync(new WorkerUpdatePaymentStatus())).SignedPayment.ShouldBeOfType<ProxySignedPayment>();
    }

    [Theory]
    [InlineData(false, "UQ")]
    [InlineData(true, "0Q")]
    public async Task Interop_12_6_4_Contract_addresses_are_not_bounceable_and_bear_the_networks_flag(bool testnet, string prefix)
    {
        await using var proxy = await TestProxy.StartAsync(options => options.Network.Testnet = testnet);
        await using var worker = await RawPeer.WorkerAsync(proxy, WorkerSessionState.Connecting);
        var toWorker = await worker.AskAsync(worker.Introduction());
        await using var client = await RawPeer.ClientAsync(proxy, ClientSessionState.Connecting);
        var toClient = await client.AskAsync(new ClientConnectToProxy(new ClientParams(client.Owner.ToFriendly(bounceable: true, testnet: !testnet), true, 1, 2), 5));
        string[] texts = [toWorker.WorkerScAddress, toWorker.Params.ProxyScAddress, toClient.ClientScAddress, toClient.Params.ProxyScAddress];
        texts.ShouldAllBe(text => text.StartsWith(prefix, StringComparison.Ordinal));
        texts.ShouldBe([
            .. new[] { proxy.Identity.Worker(worker.Owner).Address, proxy.Identity.Contract.Address, proxy.Identity.Client(client.Owner).Address, proxy.Identity.Contract.Address }
                .Select(address => address.ToFriendly(bounceable: false, testnet)),
        ]);
    }

    private static Voucher Read(TestProxy proxy, VoucherKind kind, LedgerSide side, RawPeer peer, IProxySignedPayment payment)
    {
        Voucher.Check(
            payment.ShouldBeOfType<ProxySignedPayment>().Data.Span, kind, proxy.Identity.Channel(side, peer.Owner), proxy.Identity.Key.PublicKey, out var voucher)
            .IsValid.ShouldBeTrue();
        return voucher!;
    }
}
