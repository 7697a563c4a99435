using System.Net;
using System.Net.Sockets;
using System.Text;
using Cocoon.Attestation;
using Cocoon.Client.Gateway;
using Cocoon.Client.Tests.Fakes;
using Cocoon.Contracts.Channels;
using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;

namespace Cocoon.Client.Tests.Gateway;

public sealed class FailureTests
{
    [Theory]
    [InlineData(602, "client balance is too low: to_reserve=5", 402, "insufficient_quota")]
    [InlineData(651, "balance is too low", 402, "insufficient_quota")]
    [InlineData(651, "client is closing", 402, "channel_closed")]
    [InlineData(651, "no ready workers for model 'm'", 503, "no_worker")]
    [InlineData(651, "no workers for model", 503, "no_worker")]
    [InlineData(651, "can run this query with coefficient=9000", 503, "price_cap")]
    [InlineData(602, "active config version is too low", 503, "proxy_behind")]
    [InlineData(602, "too many active queries", 503, "no_worker")]
    [InlineData(621, "unknown model 'option'", 404, "model_not_found")]
    [InlineData(621, "worker: invalid http request: unknown option 'x' in request", 400, "refused_by_worker")]
    [InlineData(651, "64 requests run on this connection, 64 are allowed", 503, "proxy_full")]
    [InlineData(651, "70000 bytes of requests run on this connection, 65536 are allowed", 503, "proxy_full")]
    [InlineData(621, "64 requests run on this connection, 64 are allowed", 503, "proxy_full")]
    [InlineData(621, "out of order answer parts", 502, "upstream_error")]
    [InlineData(652, "timeout in proxy", 504, "timeout")]
    [InlineData(601, "worker: failed", 502, "upstream_error")]
    [InlineData(0, "", 502, "upstream_error")]
    public async Task Weakness_12_1_02_Refusals_in_old_and_new_constructors_reach_the_caller_with_their_status(int code, string text, int status, string expected)
    {
        await using var bench = new ClientBench(options => options.MaxAttempts = 1);
        var proxy = await bench.StartAsync(proxy => proxy.Models.Add(new ClientWorkerTypeV2("listed", [])));
        foreach (var old in new[] { true, false })
        {
            var answering = bench.ChatAsync();
            var id = (await proxy.NextAsync()).RequestId;
            await proxy.SendAsync(old
                ? new ClientQueryAnswerError(code, text, id, FakeProxy.Tokens(0))
                : new ClientQueryAnswerErrorEx(id, code, text, FakeProxy.Final(0)));
            using var response = await answering;
            await ClientBench.ErrorAsync(response, status, expected);
            (response.Headers.RetryAfter is not null).ShouldBe(status == 503);
        }
        bench.Metrics.Failures.ShouldBe(2);
    }

    [Fact]
    public async Task Unknown_model_names_those_that_exist()
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync(proxy => proxy.Models.Add(new ClientWorkerTypeV2("listed", [])));
        var answering = bench.ChatAsync();
        await proxy.SendAsync(new ClientQueryAnswerError(621, "unknown model", (await proxy.NextAsync()).RequestId, FakeProxy.Tokens(0)));
        using var response = await answering;
        (await ClientBench.ErrorAsync(response, 404, "model_not_found")).ShouldContain("listed");
    }

    [Fact]
    public async Task Model_that_was_listed_a_moment_ago_has_no_worker_now_and_is_not_said_to_be_unknown()
    {
        await using var bench = new ClientBench(options => options.MaxAttempts = 1);
        var proxy = await bench.StartAsync(proxy => proxy.Models.Add(new ClientWorkerTypeV2("m", [])));
        await bench.Http.GetStringAsync("/v1/models");
        await RefuseAsync(503, "no_worker");
        // As a proxy is that was started anew: it learns of its models when their workers come.
        proxy.Models.Clear();
        bench.Time.Advance(TimeSpan.FromSeconds(5));
        await RefuseAsync(503, "no_worker");
        proxy.Models.Add(new ClientWorkerTypeV2("other", []));
        bench.Time.Advance(TimeSpan.FromSeconds(5));
        await RefuseAsync(503, "no_worker");
        for (var waited = 0; waited < 120; waited += 5)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(5));
            await bench.Http.GetStringAsync("/v1/models");
        }
        await RefuseAsync(404, "model_not_found");

        async Task RefuseAsync(int status, string code)
        {
            var answering = bench.ChatAsync();
            await proxy.SendAsync(new ClientQueryAnswerError(621, "unknown model 'm'", (await proxy.NextAsync()).RequestId, FakeProxy.Tokens(0)));
            using var response = await answering;
            await ClientBench.ErrorAsync(response, status, code);
            (response.Headers.RetryAfter is not null).ShouldBe(status == 503);
        }
    }

    [Fact]
    public async Task Request_for_a_model_whose_worker_comes_back_to_the_proxy_is_answered()
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync();
        var answering = bench.ChatAsync();
        await proxy.SendAsync(new ClientQueryAnswerError(621, "unknown model 'm'", (await proxy.NextAsync()).RequestId, FakeProxy.Tokens(0)));
        var again = proxy.NextAsync();
        // The pause before the same proxy is asked once more; no other timer is that short.
        await bench.Time.UntilTimerWithinAsync(TimeSpan.FromMilliseconds(500));
        bench.Time.Advance(TimeSpan.FromMilliseconds(500));
        await proxy.StartAsync((await again).RequestId, 200, "OK", "application/json", "{}", FakeProxy.Final(0));
        using var response = await answering;
        (await response.Content.ReadAsStringAsync()).ShouldBe("{}");
    }

    [Fact]
    public async Task Missing_money_names_what_is_there_and_what_is_wanted()
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync();
        await ClientBench.UntilAsync(() => bench.Channels.All.Single().View is not null);
        var answering = bench.ChatAsync();
        await proxy.SendAsync(new ClientQueryAnswerError(602, "client balance is too low", (await proxy.NextAsync()).RequestId, FakeProxy.Tokens(0)));
        using var response = await answering;
        var message = await ClientBench.ErrorAsync(response, 402, "insufficient_quota");
        message.ShouldContain("found 1 TON");
        message.ShouldContain("wanted up to");
        message.ShouldContain(FakeWallet.WalletAddress.ToFriendly(false, false));
    }

    [Fact]
    public async Task Weakness_12_1_02_Silent_proxy_ends_in_a_timeout()
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync();
        var answering = bench.ChatAsync(""","timeout":1""");
        await proxy.NextAsync();
        bench.Time.Advance(TimeSpan.FromSeconds(2.9));
        answering.IsCompleted.ShouldBeFalse();
        bench.Time.Advance(TimeSpan.FromSeconds(0.2));
        using var response = await answering;
        await ClientBench.ErrorAsync(response, 504, "timeout");
    }

    [Fact]
    public async Task Stream_that_falls_silent_ends_with_an_error_event()
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync();
        var answering = bench.ChatAsync(""","timeout":1,"stream":true""");
        var query = await proxy.NextAsync();
        await proxy.StartAsync(query.RequestId, 200, "OK", "text/event-stream", "data: 1\n\n");
        using var response = await answering;
        bench.Time.Advance(TimeSpan.FromSeconds(3.1));
        AnswerTests.LastEventError(await response.Content.ReadAsStringAsync()).ShouldBe("timeout");
    }

    [Fact]
    public async Task Request_moves_to_a_new_session_when_the_first_is_lost_before_its_answer()
    {
        await using var bench = new ClientBench();
        var first = await bench.StartAsync();
        var answering = bench.ChatAsync();
        var query = await first.NextAsync();
        // The head of an answer is not yet anything of it.
        await first.StartAsync(query.RequestId, 200, "OK", "application/json");
        await first.Session.DisposeAsync();
        await ClientBench.UntilAsync(() => bench.Pool.Sessions.Count == 0);
        var second = bench.NewProxy();
        await bench.ConnectAsync(second);
        var again = await second.NextAsync();
        again.RequestId.ShouldNotBe(query.RequestId);
        await second.StartAsync(again.RequestId, 200, "OK", "application/json", "{}", FakeProxy.Final(0));
        using var response = await answering;
        (await response.Content.ReadAsStringAsync()).ShouldBe("{}");
        bench.Metrics.Retries.ShouldBe(1);
    }

    [Fact]
    public async Task Proxy_without_a_worker_passes_the_request_to_another_proxy()
    {
        await using var bench = new ClientBench();
        var proxies = new[] { await bench.StartAsync(), bench.NewProxy() };
        await bench.ConnectAsync(proxies[1], seqno: 2);
        await bench.ReadyAsync(2);
        var answering = bench.ChatAsync();
        var asked = await Task.WhenAll(proxies.Select(async proxy =>
        {
            var query = await proxy.NextAsync();
            await proxy.SendAsync(proxy == proxies[0]
                ? new ClientQueryAnswerError(651, "no ready workers", query.RequestId, FakeProxy.Tokens(0))
                : new ClientQueryAnswerEx(query.RequestId, FakeProxy.Response(200, "OK", "application/json", "{}"), FakeProxy.Final(0)));
            return query;
        }));
        using var response = await answering;
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        asked.Length.ShouldBe(2);
    }

    [Fact]
    public async Task Stream_that_breaks_off_ends_with_an_error_event()
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync();
        var answering = bench.ChatAsync(""","stream":true""");
        var query = await proxy.NextAsync();
        await proxy.StartAsync(query.RequestId, 200, "OK", "text/event-stream", "data: 1\n\ndata: ha");
        using var response = await answering;
        await proxy.Session.DisposeAsync();
        AnswerTests.LastEventError(await response.Content.ReadAsStringAsync()).ShouldBe("proxy_lost");
        bench.Metrics.Retries.ShouldBe(0);
    }

    [Fact]
    public async Task Document_that_breaks_off_is_not_taken_for_a_whole_one()
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync();
        var answering = bench.ChatAsync();
        var query = await proxy.NextAsync();
        await proxy.StartAsync(query.RequestId, 200, "OK", "application/json", """{"half":""");
        using var response = await answering;
        await proxy.SendAsync(new ClientQueryAnswerPartError(601, "worker died", query.RequestId, FakeProxy.Tokens(0)));
        await Should.ThrowAsync<HttpRequestException>(response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Answers_out_of_order_fail_their_request_and_count_as_a_fault()
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync();
        var answering = bench.ChatAsync();
        await proxy.PartAsync((await proxy.NextAsync()).RequestId, "early");
        using var response = await answering;
        await ClientBench.ErrorAsync(response, 502, "upstream_error");
        await ClientBench.UntilAsync(() => bench.Pool.Sessions.Single().Faults == 1);
    }

    [Fact]
    public async Task Weakness_12_1_04_Answer_that_is_no_response_fails_its_request_only()
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync();
        var answering = bench.ChatAsync();
        await proxy.SendAsync(new ClientQueryAnswerEx((await proxy.NextAsync()).RequestId, "garbage!"u8.ToArray(), null));
        using var response = await answering;
        await ClientBench.ErrorAsync(response, 502, "upstream_error");
        bench.Pool.Sessions.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Without_a_proxy_the_caller_is_told_when_to_come_back()
    {
        await using var bench = new ClientBench(options => options.ProxyWaitSeconds = 0);
        await bench.StartGatewayAsync();
        using var response = await bench.ChatAsync();
        await ClientBench.ErrorAsync(response, 503, "no_proxy");
        response.Headers.RetryAfter.ShouldNotBeNull();
    }

    [Fact]
    public async Task Empty_wallet_is_named_when_it_keeps_the_channel_from_opening()
    {
        await using var bench = new ClientBench(options => options.ProxyWaitSeconds = 0);
        bench.Wallet.Balance = Ton.Coins.FromTon(0.5m);
        await bench.StartGatewayAsync();
        await bench.ConnectAsync(bench.NewProxy(known: false));
        await ClientBench.UntilAsync(() => bench.Channels.All.Count == 1 && bench.Channels.All[0].MissingForRegistration is not null);
        using var response = await bench.ChatAsync();
        (await ClientBench.ErrorAsync(response, 402, "wallet_empty")).ShouldContain("0.5 TON");
        // Nothing waits in the wallet's queue, to be sent twice some day.
        bench.Wallet.Sent.ShouldBeEmpty();
        bench.Budget.Spent.ShouldBe(Ton.Coins.Zero);
    }

    [Fact]
    public async Task Closed_channel_is_named()
    {
        await using var bench = new ClientBench(options => options.ProxyWaitSeconds = 0);
        await bench.StartGatewayAsync();
        var proxy = bench.NewProxy();
        bench.Chain.Change(proxy.Channel.Address, state => state with { Phase = ContractPhase.Closed });
        await bench.ConnectAsync(proxy);
        await bench.ReadyAsync();
        await ClientBench.UntilAsync(() => bench.Channels.All.Single().View is not null);
        using var response = await bench.ChatAsync();
        (await ClientBench.ErrorAsync(response, 402, "channel_closed")).ShouldContain("closed");
    }

    [Theory]
    [InlineData("GET", "/v1/chat/completions", "", 405, "method_not_allowed")]
    [InlineData("POST", "/v1/models", "", 405, "method_not_allowed")]
    [InlineData("DELETE", "/health", "", 405, "method_not_allowed")]
    [InlineData("POST", "/v1/embeddings", "{}", 404, "unknown_url")]
    [InlineData("POST", "/v1/chat/completions", "{", 400, "invalid_json")]
    [InlineData("POST", "/v1/completions", "{}", 400, "missing_required_parameter")]
    public async Task Weakness_12_1_01_Request_the_gateway_cannot_take_is_refused_in_OpenAIs_shape(string method, string path, string body, int status, string code)
    {
        await using var bench = new ClientBench();
        await bench.StartGatewayAsync();
        using var message = new HttpRequestMessage(new HttpMethod(method), path);
        if (body.Length > 0)
            message.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await bench.Http.SendAsync(message);
        await ClientBench.ErrorAsync(response, status, code);
    }

    [Fact]
    public async Task Weakness_12_1_10_Body_over_the_limit_is_refused()
    {
        await using var bench = new ClientBench(options => options.MaxRequestBytes = 1024);
        await bench.StartGatewayAsync();
        using var response = await bench.ChatAsync($",\"x\":\"{new string('x', 1024)}\"");
        (await ClientBench.ErrorAsync(response, 413, "request_too_large")).ShouldContain("1024");
    }

    [Theory]
    [InlineData("Origin", "https://evil.example", 403, "web_page_refused")]
    [InlineData("Origin", "null", 403, "web_page_refused")]
    [InlineData("Sec-Fetch-Site", "cross-site", 403, "web_page_refused")]
    [InlineData("Sec-Fetch-Site", "same-site", 403, "web_page_refused")]
    [InlineData("Host", "evil.example:10000", 421, "wrong_host")]
    [InlineData("Host", "192.168.1.2", 421, "wrong_host")]
    public async Task Web_page_is_refused_where_there_is_no_key(string header, string value, int status, string code)
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync();
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions");
        message.Content = new StringContent("""{"model":"m","messages":[]}""", Encoding.UTF8, "text/plain");
        message.Headers.TryAddWithoutValidation(header, value).ShouldBeTrue();
        using var response = await bench.Http.SendAsync(message);
        (await ClientBench.ErrorAsync(response, status, code)).ShouldContain("GatewayApiKey");
        bench.Metrics.Requests.ShouldBe(0);
    }

    [Theory]
    [InlineData("Host", "localhost:10000")]
    [InlineData("Host", "[::1]:10000")]
    [InlineData("Sec-Fetch-Site", "none")]
    public async Task Program_on_this_computer_needs_no_key(string header, string value)
    {
        await using var bench = new ClientBench();
        await bench.StartAsync();
        using var message = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        message.Headers.TryAddWithoutValidation(header, value).ShouldBeTrue();
        using var response = await bench.Http.SendAsync(message);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Web_page_with_the_key_is_served()
    {
        await using var bench = new ClientBench(options => options.GatewayApiKey = "key");
        await bench.StartAsync();
        using var message = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        message.Headers.Add("Authorization", "Bearer key");
        message.Headers.Add("Origin", "https://app.example");
        message.Headers.Host = "gateway.example";
        using var response = await bench.Http.SendAsync(message);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_closed()
    {
        await using var bench = new ClientBench(options => options.MaxRunningRequests = 1);
        await bench.StartGatewayAsync();
        var clients = new List<TcpClient>();
        for (var i = 0; i < 1 + GatewayServer.SpareConnections; i++)
        {
            clients.Add(new TcpClient());
            await clients[^1].ConnectAsync(IPAddress.Loopback, bench.Http.BaseAddress!.Port);
            // One that is answered was counted; connections that wait to be taken are not.
            await clients[^1].GetStream().WriteAsync("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
            await clients[^1].GetStream().ReadExactlyAsync(new byte[1]).AsTask().WaitAsync(ClientBench.Guard);
        }
        await Should.ThrowAsync<HttpRequestException>(bench.Http.GetAsync("/health"));
        foreach (var client in clients) client.Dispose();
    }

    [Fact]
    public async Task Only_a_channel_that_is_finished_is_called_so()
    {
        await using var bench = new ClientBench();
        await bench.StartAsync();
        var error = new ProxyFailure(bench.Services, bench.Models).NoProxy(bench.Pool.Sessions).Error;
        error.Status.ShouldBe(503);
        error.RetryAfterSeconds.ShouldNotBeNull();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer wrong")]
    [InlineData("key")]
    public async Task Caller_without_the_key_is_refused(string? authorization)
    {
        await using var bench = new ClientBench(options => options.GatewayApiKey = "key");
        await bench.StartGatewayAsync();
        using var message = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        message.Headers.TryAddWithoutValidation("Authorization", authorization);
        using var response = await bench.Http.SendAsync(message);
        await ClientBench.ErrorAsync(response, 401, "invalid_api_key");
    }

    [Fact]
    public async Task Requests_beyond_the_limit_are_turned_away()
    {
        await using var bench = new ClientBench(options => options.MaxRunningRequests = 1);
        var proxy = await bench.StartAsync();
        var running = bench.ChatAsync();
        var query = await proxy.NextAsync();
        using (var refused = await bench.ChatAsync())
            await ClientBench.ErrorAsync(refused, 503, "overloaded");
        await proxy.StartAsync(query.RequestId, 200, "OK", "application/json", "{}", FakeProxy.Final(0));
        (await running).StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}
