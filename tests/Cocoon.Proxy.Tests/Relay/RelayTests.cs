using Cocoon.Contracts.Channels;
using Cocoon.Contracts.Economics;
using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Proxy.Ledger;
using Cocoon.Proxy.Relay;

namespace Cocoon.Proxy.Tests.Relay;

public sealed class RelayTests
{
    private static readonly byte[] Query = TlSerializer.Serialize(new HttpRequest("POST", "/v1/chat/completions", "HTTP/1.1", [], """{"max_tokens":100}"""u8.ToArray()));

    private static RelayRequest Request(string model = TestProxy.Model, int cap = 1000, int tokens = 100, double timeout = 100, int config = 5) =>
        new(Bits256.Random(), model, Query, cap, tokens, timeout, config, false);

    private static Task Run(TestProxy proxy, FakeClient client, RelayRequest request) => Task.Run(() => proxy.Relay.RunAsync(client, request, default));

    private static long Used(TestProxy proxy, FakeClient client)
    {
        var counters = proxy.Ledger.Read(LedgerSide.Client, client.Owner);
        counters.Reserved.ShouldBe(AdjustedTokens.Zero);
        return counters.Stored.Value;
    }

    private static async Task<string> ErrorAsync(FakeClient client, int code)
    {
        var error = await client.Inbox.NextAsync<ClientQueryAnswerErrorEx>();
        error.ErrorCode.ShouldBe(code, error.Error);
        error.FinalInfo.ShouldNotBeNull();
        return error.Error;
    }

    private static async Task<Bits256> AskedAsync(FakeWorker worker) => (await worker.Inbox.NextAsync<ProxyRunQueryEx>()).RequestId;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_answer_streams_in_order_and_is_paid_for_once(int version)
    {
        await using var proxy = await TestProxy.StartAsync();
        var client = await proxy.AddClientAsync(version: version);
        var worker = proxy.AddWorker(10);
        var request = Request();
        var running = Run(proxy, client, request);
        var asked = await worker.Inbox.NextAsync<ProxyRunQueryEx>();
        asked.Query.ToArray().ShouldBe(Query);
        (asked.Coefficient, asked.Timeout).ShouldBe((1000, 95));
        worker.Say(asked.RequestId, FakeWorker.Head());
        var head = await client.Inbox.NextAsync<ClientQueryAnswerEx>();
        (head.RequestId, head.FinalInfo).ShouldBe((request.Id, null));
        TlSerializer.Deserialize<HttpResponse>(head.Answer).Headers.Select(header => header.Name).ShouldBe(["A", "X-Cocoon-Proxy-Start", "X-Cocoon-Proxy-End"]);
        for (var i = 0; i < 50; i++) worker.Say(asked.RequestId, FakeWorker.Part($"{i}"));
        for (var i = 0; i < 50; i++)
            System.Text.Encoding.UTF8.GetString((await client.Inbox.NextAsync<ClientQueryAnswerPartEx>()).Answer.Span).ShouldBe($"{i}");
        worker.Say(asked.RequestId, FakeWorker.Part("", FakeWorker.Used(42)) with { StartTime = 1, EndTime = 2 });
        var last = (await client.Inbox.NextAsync<ClientQueryAnswerPartEx>()).FinalInfo.ShouldNotBeNull();
        last.TokensUsed.ShouldBe(FakeWorker.Used(42));
        (last.WorkerStartTime, last.WorkerEndTime).ShouldBe(version == 2 ? (1, 2) : (null, null));
        (last.ProxyStartTime is not null).ShouldBe(version == 2);
        var notice = await client.Inbox.NextAsync<ProxyClientRequestPayment>();
        (notice.RequestId, notice.DbTokens, notice.MaxTokens, notice.RequestTokens).ShouldBe((request.Id, 42, 42, 42));
        var earned = await worker.Inbox.NextAsync<ProxyWorkerRequestPayment>();
        (earned.RequestId, earned.DbTokens, earned.MaxTokens, earned.RequestTokens).ShouldBe((asked.RequestId, 42, 42, 42));
        await running.WaitAsync(Some.Patience);
        Used(proxy, client).ShouldBe(42);
        proxy.Ledger.Read(LedgerSide.Worker, worker.Owner).Stored.ShouldBe(Some.Tokens(42));
        worker.Connection.FindTask(asked.RequestId).ShouldBeNull();
    }

    [Fact]
    public async Task Version_0_is_spoken_with_the_old_constructors()
    {
        await using var proxy = await TestProxy.StartAsync();
        var client = await proxy.AddClientAsync(version: 0);
        var worker = proxy.AddWorker(10, version: 0);
        _ = Run(proxy, client, Request());
        var id = (await worker.Inbox.NextAsync<ProxyRunQuery>()).RequestId;
        worker.Say(id, FakeWorker.Head());
        (await client.Inbox.NextAsync<ClientQueryAnswer>()).IsCompleted.ShouldBeFalse();
        worker.Say(id, FakeWorker.Part("y", FakeWorker.Used(7)));
        var last = await client.Inbox.NextAsync<ClientQueryAnswerPart>();
        (last.IsCompleted, last.RequestTokensUsed.TotalTokensUsed).ShouldBe((true, 7));
        await client.Inbox.NextAsync<ProxyClientRequestPayment>();
        await worker.Inbox.NextAsync<ProxyWorkerRequestPayment>();
        _ = Run(proxy, client, Request());
        worker.Say((await worker.Inbox.NextAsync<ProxyRunQuery>()).RequestId, WorkerEvent.Failure(621, "bad"));
        (await client.Inbox.NextAsync<ClientQueryAnswerError>()).ErrorCode.ShouldBe(621);
        _ = Run(proxy, client, Request());
        id = (await worker.Inbox.NextAsync<ProxyRunQuery>()).RequestId;
        worker.Say(id, FakeWorker.Head());
        await client.Inbox.NextAsync<ClientQueryAnswer>();
        worker.Say(id, WorkerEvent.Failure(601, "broke"));
        (await client.Inbox.NextAsync<ClientQueryAnswerPartError>()).ErrorCode.ShouldBe(601);
    }

    [Theory]
    [InlineData(ErrorCodes.Error)]
    [InlineData(ErrorCodes.NotReady)]
    [InlineData(0)]
    public async Task Before_the_first_byte_another_worker_is_tried(int code)
    {
        await using var proxy = await TestProxy.StartAsync();
        var client = await proxy.AddClientAsync();
        var (first, second) = (proxy.AddWorker(10, coefficient: 500), proxy.AddWorker(11));
        var running = Run(proxy, client, Request());
        var id = await AskedAsync(first);
        if (code == 0) proxy.Pool.Remove(first.Connection);
        else first.Say(id, WorkerEvent.Failure(code, "not me"));
        second.Say(await AskedAsync(second), FakeWorker.Head(FakeWorker.Used(5)));
        (await client.Inbox.NextAsync<ClientQueryAnswerEx>()).FinalInfo!.TokensUsed.TotalTokensUsed.ShouldBe(5);
        await running.WaitAsync(Some.Patience);
        proxy.Ledger.Read(LedgerSide.Worker, first.Owner).Max.ShouldBe(AdjustedTokens.Zero);
    }

    [Fact]
    public async Task After_the_first_byte_a_lost_worker_is_an_error_and_costs_nothing()
    {
        await using var proxy = await TestProxy.StartAsync();
        var client = await proxy.AddClientAsync();
        var (first, second) = (proxy.AddWorker(10, coefficient: 500), proxy.AddWorker(11));
        var running = Run(proxy, client, Request());
        first.Say(await AskedAsync(first), FakeWorker.Head());
        await client.Inbox.NextAsync<ClientQueryAnswerEx>();
        proxy.Pool.Remove(first.Connection);
        await ErrorAsync(client, ErrorCodes.Failure);
        await running.WaitAsync(Some.Patience);
        second.Inbox.IsEmpty.ShouldBeTrue();
        Used(proxy, client).ShouldBe(0);
    }

    [Fact]
    public async Task Wrong_order_and_malformed_heads_end_the_attempt_with_621()
    {
        await using var proxy = await TestProxy.StartAsync(options => options.MaxAttempts = 1);
        var client = await proxy.AddClientAsync();
        var worker = proxy.AddWorker(10);
        WorkerEvent[][] wrongs =
        [
            [FakeWorker.Part("first", FakeWorker.Used(5))],
            [FakeWorker.Head(), FakeWorker.Head(FakeWorker.Used(5))],
            [WorkerEvent.From(WorkerEventKind.Head, "not http"u8.ToArray(), FakeWorker.Used(5))],
        ];
        foreach (var wrong in wrongs)
        {
            var running = Run(proxy, client, Request());
            var id = await AskedAsync(worker);
            foreach (var happened in wrong) worker.Say(id, happened);
            if (wrong.Length == 2) await client.Inbox.NextAsync<ClientQueryAnswerEx>();
            await ErrorAsync(client, ErrorCodes.ProtocolViolation);
            await running.WaitAsync(Some.Patience);
        }
        Used(proxy, client).ShouldBe(0);
    }

    [Fact]
    public async Task A_client_that_has_gone_still_pays()
    {
        await using var proxy = await TestProxy.StartAsync();
        var client = await proxy.AddClientAsync();
        client.OnSend = (_, _) => throw new IOException("gone");
        var worker = proxy.AddWorker(10);
        var running = Run(proxy, client, Request());
        var id = await AskedAsync(worker);
        worker.Say(id, FakeWorker.Head());
        worker.Say(id, FakeWorker.Part("x", FakeWorker.Used(9)));
        (await worker.Inbox.NextAsync<ProxyWorkerRequestPayment>()).RequestTokens.ShouldBe(9);
        await running.WaitAsync(Some.Patience);
        Used(proxy, client).ShouldBe(9);
    }

    [Fact]
    public async Task A_request_that_takes_too_long_ends_with_652_and_holds_nothing()
    {
        await using var proxy = await TestProxy.StartAsync();
        var client = await proxy.AddClientAsync();
        var worker = proxy.AddWorker(10);
        var running = Run(proxy, client, Request(timeout: 60));
        var id = await AskedAsync(worker);
        proxy.Time.Advance(TimeSpan.FromSeconds(59));
        client.Inbox.IsEmpty.ShouldBeTrue();
        proxy.Time.Advance(TimeSpan.FromSeconds(2));
        await ErrorAsync(client, ErrorCodes.Timeout);
        await running.WaitAsync(Some.Patience);
        Used(proxy, client).ShouldBe(0);
        worker.Connection.FindTask(id).ShouldBeNull();
    }

    [Fact]
    public async Task A_client_that_never_reads_keeps_neither_its_worker_nor_the_request()
    {
        await using var proxy = await TestProxy.StartAsync();
        var client = await proxy.AddClientAsync();
        client.OnSend = (_, token) => Task.Delay(Timeout.Infinite, token);
        var worker = proxy.AddWorker(10, limit: 1);
        var running = Run(proxy, client, Request(timeout: 60));
        worker.Say(await AskedAsync(worker), FakeWorker.Head(FakeWorker.Used(9)));
        await worker.Inbox.NextAsync<ProxyWorkerRequestPayment>();
        worker.Connection.Running.ShouldBe(0);
        proxy.Time.Advance(TimeSpan.FromSeconds(91));
        await running.WaitAsync(Some.Patience);
        Used(proxy, client).ShouldBe(9);
    }

    [Fact]
    public async Task A_worker_that_reads_nothing_does_not_keep_the_request_of_its_client()
    {
        await using var proxy = await TestProxy.StartAsync();
        var client = await proxy.AddClientAsync();
        var worker = proxy.AddWorker(10);
        var reads = new TaskCompletionSource();
        worker.OnSend = (message, _) => message is ProxyRunQueryEx ? Task.CompletedTask : reads.Task;
        var running = Run(proxy, client, Request());
        worker.Say(await AskedAsync(worker), FakeWorker.Head(FakeWorker.Used(5)));
        await client.Inbox.NextAsync<ClientQueryAnswerEx>();
        await client.Inbox.NextAsync<ProxyClientRequestPayment>();
        await running.WaitAsync(Some.Patience);
        worker.Inbox.IsEmpty.ShouldBeTrue();
        worker.Connection.Telling.WhenEmptyAsync().IsCompleted.ShouldBeFalse();
        reads.SetResult();
        (await worker.Inbox.NextAsync<ProxyWorkerRequestPayment>()).DbTokens.ShouldBe(5);
        await worker.Connection.Telling.WhenEmptyAsync().WaitAsync(Some.Patience);
    }

    [Fact]
    public async Task A_slow_client_costs_bounded_memory()
    {
        await using var proxy = await TestProxy.StartAsync(options => options.MaxBufferedAnswerBytes = 64 * 1024);
        var client = await proxy.AddClientAsync();
        var (gate, entered) = (new TaskCompletionSource(), new TaskCompletionSource());
        client.OnSend = async (_, token) =>
        {
            entered.TrySetResult();
            await gate.Task.WaitAsync(token);
        };
        var worker = proxy.AddWorker(10);
        _ = Run(proxy, client, Request());
        var id = await AskedAsync(worker);
        worker.Say(id, FakeWorker.Head());
        await entered.Task.WaitAsync(Some.Patience);
        for (var i = 0; i < 100; i++) worker.Say(id, FakeWorker.Part(new string('x', 1024)));
        gate.SetResult();
        await client.Inbox.NextAsync<ClientQueryAnswerEx>();
        for (var i = 0; i < 64; i++) await client.Inbox.NextAsync<ClientQueryAnswerPartEx>();
        (await ErrorAsync(client, ErrorCodes.Failure)).ShouldContain("reads too slowly");
    }

    [Fact]
    public async Task One_large_part_is_not_mistaken_for_a_slow_client()
    {
        await using var proxy = await TestProxy.StartAsync(options => options.MaxBufferedAnswerBytes = 64 * 1024);
        var client = await proxy.AddClientAsync();
        var worker = proxy.AddWorker(10);
        _ = Run(proxy, client, Request());
        var id = await AskedAsync(worker);
        worker.Say(id, FakeWorker.Head());
        await client.Inbox.NextAsync<ClientQueryAnswerEx>();
        worker.Say(id, FakeWorker.Part(new string('x', 1 << 20), FakeWorker.Used(1)));
        (await client.Inbox.NextAsync<ClientQueryAnswerPartEx>()).Answer.Length.ShouldBe(1 << 20);
    }

    [Theory]
    [InlineData(-1, 100, 60d, 621)]
    [InlineData(1000, -1, 60d, 621)]
    [InlineData(1000, 100, 0d, 621)]
    [InlineData(1000, 100, double.NaN, 621)]
    [InlineData(1000, 100, double.PositiveInfinity, 621)]
    [InlineData(1000, int.MaxValue, 60d, 602)]
    public async Task Impossible_requests_are_refused(int cap, int tokens, double timeout, int code)
    {
        await using var proxy = await TestProxy.StartAsync();
        var client = await proxy.AddClientAsync();
        proxy.AddWorker(10);
        await Run(proxy, client, Request(cap: cap, tokens: tokens, timeout: timeout)).WaitAsync(Some.Patience);
        await ErrorAsync(client, code);
        Used(proxy, client).ShouldBe(0);
    }

    [Fact]
    public async Task A_reservation_beyond_all_numbers_is_refused()
    {
        var dear = new Multiplier(uint.MaxValue);
        await using var proxy = await TestProxy.StartAsync(parameters: Some.Parameters with { Multipliers = new TokenMultipliers(dear, dear, dear, dear) });
        var client = await proxy.AddClientAsync();
        await Run(proxy, client, Request(cap: int.MaxValue, tokens: int.MaxValue)).WaitAsync(Some.Patience);
        (await ErrorAsync(client, ErrorCodes.Error)).ShouldContain("balance is too low");
    }

    [Fact]
    public async Task Requests_that_no_worker_can_take_say_why()
    {
        await using var proxy = await TestProxy.StartAsync();
        var client = await proxy.AddClientAsync();
        async Task RefusedAsync(RelayRequest request, int code, string text)
        {
            await Run(proxy, client, request).WaitAsync(Some.Patience);
            (await ErrorAsync(client, code)).ShouldContain(text);
            Used(proxy, client).ShouldBe(0);
        }

        await RefusedAsync(Request(config: 6), 602, "active config version is too low");
        await RefusedAsync(Request(config: -1), 602, "active config version is too low");
        await RefusedAsync(Request("unknown"), 621, "unknown model");
        var worker = proxy.AddWorker(10, coefficient: 2000, enabled: false);
        await RefusedAsync(Request(), 651, "no ready workers");
        worker.Connection.Enabled = true;
        await RefusedAsync(Request(), 651, "coefficient=2000");
        proxy.Pool.Remove(worker.Connection);
        await RefusedAsync(Request(), 651, "no workers for model");
        proxy.PutClient(client.Owner, phase: ContractPhase.Closing);
        await proxy.Channels.RefreshAsync(client.Owner, default);
        await RefusedAsync(Request(), 651, "client is closing");
    }

    [Fact]
    public async Task A_ledger_that_fails_is_told_to_the_client()
    {
        await using var proxy = await TestProxy.StartAsync();
        var client = await proxy.AddClientAsync();
        var worker = proxy.AddWorker(10);
        _ = Run(proxy, client, Request());
        var id = await AskedAsync(worker);
        await proxy.Ledger.DisposeAsync();
        worker.Say(id, FakeWorker.Head(FakeWorker.Used(3)));
        await ErrorAsync(client, ErrorCodes.NotReady);
    }
}
