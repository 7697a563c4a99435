using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Vouchers;
using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;
using Cocoon.Proxy.Sessions;
using Cocoon.Ton;

namespace Cocoon.Proxy.Tests.Sessions;

public sealed class SessionTests
{
    [Fact]
    public async Task What_a_worker_says_right_behind_its_handshake_counts()
    {
        await using var proxy = await TestProxy.StartAsync();
        for (var i = 0; i < 20; i++)
        {
            await using var worker = await RawPeer.WorkerAsync(proxy, WorkerSessionState.Finishing, number: 100 + i);
            var complete = worker.Query(new WorkerProxyHandshakeComplete(false));
            var answer = worker.ExchangeAsync(complete);
            await worker.SendAsync(new WorkerNewCoefficient(321));
            await worker.SendAsync(new WorkerEnabledDisabled(1));
            await worker.SendAsync(new WorkerNewCoefficient(322));
            await answer;
            await Some.UntilAsync(() => proxy.Worker(worker.Owner).Coefficient.Thousandths == 322);
            proxy.Worker(worker.Owner).Enabled.ShouldBeFalse();
        }
    }

    [Fact]
    public async Task No_request_overtakes_the_end_of_a_workers_handshake()
    {
        await using var proxy = await TestProxy.StartAsync();
        await using var client = await RawPeer.ClientAsync(proxy);
        for (var i = 0; i < 20; i++)
        {
            await using var worker = await RawPeer.WorkerAsync(proxy, WorkerSessionState.Finishing, number: 100 + i, coefficient: 100 - i);
            var complete = worker.Query(new WorkerProxyHandshakeComplete(false));
            var answer = worker.ExchangeAsync(complete);
            while (worker.Inbox.IsEmpty)
            {
                await client.SendAsync(Scene.Request());
                await client.AliveAsync();
            }
            worker.HasAnswerTo(complete).ShouldBeTrue();
            await answer;
        }
    }

    [Fact]
    public async Task A_committed_counter_is_shown_to_both_sides_unasked_and_to_nobody_else()
    {
        await using var scene = await Scene.StartAsync();
        await using var otherWorker = await RawPeer.WorkerAsync(scene.Proxy, WorkerSessionState.Finishing, number: 11);
        await using var otherClient = await RawPeer.ClientAsync(scene.Proxy, number: 2);
        await using var second = await RawPeer.ClientAsync(scene.Proxy);
        await scene.ServeAsync(25);
        await scene.CommitAsync();
        foreach (var (peer, kind, channel) in new[]
        {
            (scene.Worker, VoucherKind.WorkerPayout, scene.Proxy.Identity.Worker(scene.Worker.Owner).Address),
            (scene.Client, VoucherKind.ClientCharge, scene.Proxy.Identity.Client(scene.Client.Owner).Address),
            (second, VoucherKind.ClientCharge, scene.Proxy.Identity.Client(scene.Client.Owner).Address),
        })
        {
            var payment = await peer.Inbox.NextAsync<ProxySignedPayment>();
            Voucher.Check(payment.Data.Span, kind, channel, scene.Proxy.Identity.Key.PublicKey, out var voucher).IsValid.ShouldBeTrue();
            voucher!.Tokens.ShouldBe(Some.Tokens(25));
        }
        await scene.CommitAsync();
        foreach (var peer in new[] { scene.Worker, scene.Client, otherWorker, otherClient })
        {
            await peer.AliveAsync();
            peer.Inbox.IsEmpty.ShouldBeTrue();
        }
    }

    [Fact]
    public async Task A_refund_is_granted_when_the_channel_closes_and_all_is_committed_and_ends_the_account()
    {
        await using var scene = await Scene.StartAsync();
        var id = await scene.StreamAsync();
        await RejectedAsync(scene, 1);
        await scene.ServeAsync(3);
        scene.Proxy.PutClient(scene.Client.Owner, phase: ContractPhase.Closing);
        await scene.Proxy.Channels.RefreshAsync(scene.Client.Owner, default);
        await RejectedAsync(scene, 1);
        await scene.Worker.SendAsync(new ProxyQueryAnswerPartEx(id, default, Scene.Final(4)));
        await scene.Client.Inbox.NextAsync<ClientQueryAnswerPartEx>();
        // Read here: the voucher of the commit below comes by another way and may be faster.
        await scene.Client.Inbox.NextAsync<ProxyClientRequestPayment>();
        await scene.NothingRunsAsync();
        (await scene.Client.RefusedAsync(new ClientRequestRefund())).Code.ShouldBe(651);
        await scene.CommitAsync();
        for (var i = 0; i < 2; i++)
        {
            var refund = (await scene.Client.AskAsync(new ClientRequestRefund())).ShouldBeOfType<ClientRefund>();
            Voucher.Check(
                refund.Data.Span, VoucherKind.ClientRefund, scene.Proxy.Identity.Client(scene.Client.Owner).Address, scene.Proxy.Identity.Key.PublicKey, out var voucher)
                .IsValid.ShouldBeTrue();
            voucher!.Tokens.ShouldBe(Some.Tokens(7));
        }
        // Not even a chain that takes the closing back makes the account spend again.
        scene.Proxy.PutClient(scene.Client.Owner);
        await scene.Proxy.Channels.RefreshAsync(scene.Client.Owner, default);
        await scene.Client.Inbox.NextAsync<ProxySignedPayment>();
        await scene.Client.SendAsync(Scene.Request());
        await scene.ErrorAsync(602);
    }

    private static async Task RejectedAsync(Scene scene, long running) =>
        (await scene.Client.AskAsync(new ClientRequestRefund())).ShouldBeOfType<ClientRefundRejected>().ActiveQueries.ShouldBe(running);

    [Theory]
    [InlineData(ContractPhase.Normal, "request the refund on chain first")]
    [InlineData(ContractPhase.Closed, "closed already")]
    public async Task A_refund_of_a_channel_that_is_not_closing_is_refused_with_the_next_step(ContractPhase phase, string text)
    {
        await using var scene = await Scene.StartAsync();
        scene.Proxy.PutClient(scene.Client.Owner, tokens: phase == ContractPhase.Closed ? 0 : 1000, phase: phase);
        await scene.Proxy.Channels.RefreshAsync(scene.Client.Owner, default);
        var refusal = await scene.Client.RefusedAsync(new ClientRequestRefund());
        refusal.Code.ShouldBe(602);
        refusal.Message.ShouldContain(text);
        await scene.Client.AliveAsync();
    }

    [Fact]
    public async Task Worker_types_of_version_0_tell_true_figures_and_count_who_is_disabled()
    {
        await using var proxy = await TestProxy.StartAsync();
        await using var client = await RawPeer.ClientAsync(proxy);
        (await client.AskAsync(new ClientGetWorkerTypes())).Types.ShouldBeEmpty();
        proxy.AddWorker(10, coefficient: 900);
        proxy.AddWorker(11, coefficient: 700, enabled: false);
        proxy.AddWorker(12, coefficient: 800);
        (await client.AskAsync(new ClientGetWorkerTypes())).Types.ShouldBe([new ClientWorkerType(TestProxy.Model, 3, 700, 800, 900)]);
        (await client.AskAsync(new ClientGetWorkerTypesV2())).Types.ShouldHaveSingleItem().Workers.Select(worker => worker.Coefficient).ShouldBe([800, 900]);
    }

    [Fact]
    public async Task The_head_says_when_the_proxy_began_and_when_it_passed_it_on()
    {
        await using var scene = await Scene.StartAsync();
        var began = (scene.Proxy.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        var id = await scene.AskAsync();
        scene.Proxy.Time.Advance(TimeSpan.FromSeconds(1.5));
        await scene.Worker.SendAsync(new ProxyQueryAnswerEx(id, Scene.Head(), null));
        TlSerializer.Deserialize<HttpResponse>((await scene.Client.Inbox.NextAsync<ClientQueryAnswerEx>()).Answer).Headers
            .ShouldBe([new HttpHeader("X-Cocoon-Proxy-Start", $"{began:F6}"), new HttpHeader("X-Cocoon-Proxy-End", $"{began + 1.5:F6}")]);
    }

    [Fact]
    public async Task A_request_id_runs_once_on_a_connection_and_means_nothing_to_another()
    {
        await using var scene = await Scene.StartAsync();
        await using var second = await RawPeer.ClientAsync(scene.Proxy, number: 2);
        var request = Scene.Request();
        var first = await scene.StreamAsync(request);
        await scene.Client.SendAsync(request);
        (await scene.ErrorAsync(621)).Error.ShouldContain("a request with this id is running");
        await second.SendAsync(request);
        var other = (await scene.Worker.Inbox.NextAsync<ProxyRunQueryEx>()).RequestId;
        other.ShouldNotBe(first);
        await scene.Worker.SendAsync(new ProxyQueryAnswerEx(other, Scene.Head(), Scene.Final(2)));
        (await second.Inbox.NextAsync<ClientQueryAnswerEx>()).FinalInfo!.TokensUsed.TotalTokensUsed.ShouldBe(2);
        await scene.Worker.SendAsync(new ProxyQueryAnswerPartEx(first, default, Scene.Final(1)));
        (await scene.Client.Inbox.NextAsync<ClientQueryAnswerPartEx>()).FinalInfo!.TokensUsed.TotalTokensUsed.ShouldBe(1);
        await scene.NothingRunsAsync();
    }

    [Fact]
    public async Task Requests_in_flight_are_bounded_in_number_and_in_bytes()
    {
        await using var scene = await Scene.StartAsync(await TestProxy.StartAsync(options =>
        {
            options.MaxRequestsPerConnection = 2;
            options.MaxRequestBytesPerConnection = 1 << 20;
        }), tokens: 100_000_000);
        var large = Scene.Request($$"""{"max_tokens":1,"prompt":"{{new string('x', 2 << 20)}}"}""");
        var first = await scene.AskAsync(large);
        await scene.Client.SendAsync(Scene.Request());
        (await scene.ErrorAsync(651)).Error.ShouldContain("bytes of requests run on this connection");
        await scene.Worker.SendAsync(new ProxyQueryAnswerErrorEx(first, 621, "no", null));
        await scene.ErrorAsync(621);
        await scene.NothingRunsAsync();
        await Some.UntilAsync(() => scene.Proxy.Sessions.ReadyClients.Sum(client => client.Running) == 0);
        await scene.AskAsync();
        await scene.AskAsync();
        await scene.Client.SendAsync(Scene.Request());
        (await scene.ErrorAsync(651)).Error.ShouldContain("2 requests run on this connection");
    }

    [Fact]
    public async Task A_flood_of_queries_that_nobody_reads_the_answers_of_holds_up_only_its_sender()
    {
        await using var scene = await Scene.StartAsync();
        await using var flooder = await RawPeer.ClientAsync(scene.Proxy, number: 2);
        flooder.StopReading();
        var flooding = Task.Run(async () =>
        {
            for (var i = 0; i < 20_000; i++) await flooder.SendPacketAsync(flooder.Query(new ClientGetWorkerTypesV2()));
        });
        for (var i = 0; i < 10; i++) await scene.ServeAsync();
        flooding.IsCompletedSuccessfully.ShouldBeFalse();
    }

    [Fact]
    public async Task A_flood_of_requests_is_answered_request_by_request()
    {
        await using var scene = await Scene.StartAsync(await TestProxy.StartAsync(options => options.MaxRequestsPerConnection = 5));
        for (var i = 0; i < 500; i++) await scene.Client.SendAsync(Scene.Request());
        for (var i = 0; i < 5; i++) await scene.Worker.Inbox.NextAsync<ProxyRunQueryEx>();
        for (var i = 0; i < 495; i++) await scene.ErrorAsync(651);
        scene.Used.Running.ShouldBe(5);
    }

    [Fact]
    public async Task A_flood_of_pings_is_answered_and_disturbs_nobody()
    {
        await using var scene = await Scene.StartAsync();
        for (var i = 0; i < 5000; i++) await scene.Worker.SendPacketAsync(new TcpPing(i));
        await scene.Worker.AliveAsync();
        await scene.ServeAsync();
    }
}
