using System.Net;
using System.Net.Sockets;
using System.Text;
using Cocoon.Client.Tests.Fakes;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;

namespace Cocoon.Client.Tests.Gateway;

/// <summary>Callers of bytes and answers of a kind that breaks HTTP.</summary>
public sealed class HostileCallerTests
{
    private const string Body = """{"model":"m","messages":[]}""";

    [Fact]
    public async Task Weakness_12_1_01_Upload_that_is_left_half_way_is_forgotten()
    {
        await using var bench = new ClientBench(options => options.MaxRunningRequests = 1);
        var proxy = await bench.StartAsync();
        using (var caller = await CallAsync(bench, "Content-Length: 1000", Body))
            await ClientBench.UntilAsync(() => bench.Metrics.Requests == 1);
        await ServesAsync(bench, proxy);
    }

    [Fact]
    public async Task Weakness_12_1_12_Upload_that_never_ends_is_refused_after_a_minute()
    {
        await using var bench = new ClientBench(options => options.MaxRunningRequests = 1);
        await bench.StartGatewayAsync();
        using var caller = await CallAsync(bench, "Content-Length: 1000", Body);
        await ClientBench.UntilAsync(() => bench.Metrics.Requests == 1);
        await ClientBench.UntilAsync(() =>
        {
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            return caller.Available > 0;
        });
        var answer = await ReadAsync(caller);
        answer.ShouldStartWith("HTTP/1.1 408 ");
        answer.ShouldContain("request_timeout");
        var proxy = bench.NewProxy();
        await bench.ConnectAsync(proxy);
        await bench.ReadyAsync();
        await ServesAsync(bench, proxy);
    }

    [Theory]
    [InlineData("GET /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "405")]
    [InlineData("GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "404")]
    [InlineData("PATCH /v1/models HTTP/1.0\r\n\r\n", "405")]
    [InlineData("nonsense\r\n\r\n", "400")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "400")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 99999999999\r\n\r\n", "413")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 4\r\n\r\n\ufeff{}", "400")]
    [InlineData("POST /v1/chat/completions?a=b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", "400")]
    public async Task Weakness_12_1_01_Whatever_a_caller_sends_it_gets_a_status_and_the_next_one_is_served(string request, string status)
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync();
        using (var caller = new TcpClient())
        {
            await caller.ConnectAsync(IPAddress.Loopback, bench.Http.BaseAddress!.Port);
            await caller.GetStream().WriteAsync(Encoding.UTF8.GetBytes(request));
            (await ReadAsync(caller)).ShouldStartWith("HTTP/1.1 " + status);
        }
        await ServesAsync(bench, proxy);
    }

    [Theory]
    [InlineData(204)]
    [InlineData(205)]
    [InlineData(304)]
    public async Task Interop_12_6_8_Body_of_an_answer_that_has_none_never_reaches_the_callers_connection(int status)
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync();
        using var caller = await CallAsync(bench, $"Content-Length: {Body.Length}", Body);
        var id = (await proxy.NextAsync()).RequestId;
        await proxy.StartAsync(id, status, "x", "application/json", "HTTP/1.1 200 OK\r\n\r\n");
        await proxy.PartAsync(id, "more", FakeProxy.Final(1));
        await ClientBench.UntilAsync(() => bench.Metrics.Tokens == 1);
        // The same connection goes on: what comes next on it is the next answer.
        await caller.GetStream().WriteAsync("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray());
        var all = await ReadAsync(caller);
        all.ShouldStartWith($"HTTP/1.1 {status} x\r\n");
        all.Split("HTTP/1.1 ").Length.ShouldBe(3);
        all.Split("HTTP/1.1 ")[2].ShouldStartWith("200 OK\r\n");
    }

    [Theory]
    [InlineData("content-length: 5", "Content-Length: 5")]
    [InlineData("Content-Length: 5", "Transfer-Encoding: chunked")]
    [InlineData("Transfer-Encoding: chunked", "transfer-encoding: gzip, chunked")]
    [InlineData("", "")]
    public async Task Interop_12_6_8_Framing_headers_of_a_reference_worker_are_not_believed(string one, string other)
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync();
        using var caller = await CallAsync(bench, $"Content-Length: {Body.Length}\r\nConnection: close", Body);
        var id = (await proxy.NextAsync()).RequestId;
        HttpHeader[] headers = one.Length == 0 ? [] : [.. new[] { one, other }.Select(line => new HttpHeader(line.Split(": ")[0], line.Split(": ")[1]))];
        await proxy.SendAsync(new ClientQueryAnswerEx(id, TlSerializer.Serialize(new HttpResponse("HTTP/1.1", 200, "", [.. headers], """{"a":1}"""u8.ToArray())), null));
        await proxy.PartAsync(id, "\n", FakeProxy.Final(1));
        var answer = await ReadAsync(caller);
        var framing = answer.Split("\r\n").Where(line => line.StartsWith("Content-Length", StringComparison.OrdinalIgnoreCase)
            || line.StartsWith("Transfer-Encoding", StringComparison.OrdinalIgnoreCase)).ToArray();
        framing.ShouldBe(["Transfer-Encoding: chunked"]);
        answer.ShouldEndWith("\r\n\r\n7\r\n{\"a\":1}\r\n1\r\n\n\r\n0\r\n\r\n");
    }

    [Fact]
    public async Task Headers_that_act_on_callers_or_are_too_many_are_left_out()
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync();
        var answering = bench.ChatAsync();
        var id = (await proxy.NextAsync()).RequestId;
        await proxy.StartAsync(
            id, 307, "x", "application/json", "{}", FakeProxy.Final(1),
            [new("Location", "http://127.0.0.1:1/"), new("X-Cocoon-Client-End", "0"), new("X-Cocoon-Worker-Start", "1.000000"), new("content-type", "text/html"),
                .. Enumerable.Range(0, 40).Select(i => new HttpHeader("X-" + i, new string('x', 1000)))]);
        using var response = await answering;
        ((int)response.StatusCode).ShouldBe(307);
        response.Headers.Location.ShouldBeNull();
        response.Headers.GetValues("X-Cocoon-Worker-Start").ShouldBe(["1.000000"]);
        response.Headers.GetValues("X-Cocoon-Client-End").ShouldHaveSingleItem().ShouldNotBe("0");
        response.Content.Headers.GetValues("Content-Type").ShouldBe(["application/json"]);
        response.Headers.Sum(header => header.Key.Length + header.Value.Sum(value => value.Length)).ShouldBeLessThan(9000);
    }

    [Theory]
    [InlineData(502)]
    [InlineData(504)]
    public async Task Empty_failure_of_the_workers_server_is_tried_elsewhere_and_then_told(int status)
    {
        await using var bench = new ClientBench(options => options.MaxAttempts = 2);
        var proxies = new[] { await bench.StartAsync(), bench.NewProxy() };
        await bench.ConnectAsync(proxies[1], seqno: 2);
        await bench.ReadyAsync(2);
        var answering = bench.ChatAsync();
        await Task.WhenAll(proxies.Select(async proxy =>
            await proxy.StartAsync((await proxy.NextAsync()).RequestId, status, "x", "text/plain", "", FakeProxy.Final(0))));
        using var response = await answering;
        (await ClientBench.ErrorAsync(response, 502, "upstream_error")).ShouldContain($"{status}");
    }

    [Fact]
    public async Task Interop_12_6_7_Stream_options_are_the_callers_and_a_stream_in_one_piece_is_relayed()
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync();
        foreach (var more in (string[])[""","stream":true""", ""","stream":true,"stream_options":{"include_usage":false}"""])
        {
            var answering = bench.ChatAsync(more);
            var query = await proxy.NextAsync();
            var request = TlSerializer.Deserialize<HttpRequest>(query.Query);
            request.Url.ShouldBe("/v1/chat/completions");
            Encoding.UTF8.GetString(request.Payload.Span).ShouldBe($$"""{"model":"m","messages":[]{{more}},"max_tokens":1000}""");
            // A reference worker holds a stream back and counts none of its tokens.
            await proxy.StartAsync(query.RequestId, 200, "OK", "text/event-stream");
            await proxy.PartAsync(query.RequestId, "data: 1\n\ndata: 2\n\ndata: [DONE]\n\n");
            await proxy.PartAsync(query.RequestId, "", FakeProxy.Final(0));
            using var response = await answering;
            (await response.Content.ReadAsStringAsync()).ShouldBe("data: 1\n\ndata: 2\n\ndata: [DONE]\n\n");
            bench.Pool.Sessions.Single().Faults.ShouldBe(0);
        }
    }

    [Fact]
    public async Task Text_of_a_peer_that_is_cut_within_a_character_is_still_told()
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync();
        var answering = bench.ChatAsync();
        var text = new string('x', 299) + string.Concat(Enumerable.Repeat("😀", 100)) + "\r\n\0";
        await proxy.SendAsync(new ClientQueryAnswerErrorEx((await proxy.NextAsync()).RequestId, 601, text, null));
        using var response = await answering;
        (await ClientBench.ErrorAsync(response, 502, "upstream_error")).ShouldContain(new string('x', 299) + "…");
    }

    private static async Task ServesAsync(ClientBench bench, FakeProxy proxy)
    {
        var asked = proxy.NextAsync();
        var answering = bench.ChatAsync();
        // The place of the one before may not be free yet.
        while (await Task.WhenAny(asked, answering) == answering)
        {
            (await answering).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            answering = bench.ChatAsync();
        }
        await proxy.StartAsync((await asked).RequestId, 200, "OK", "application/json", "{}", FakeProxy.Final(0));
        using var response = await answering;
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static async Task<TcpClient> CallAsync(ClientBench bench, string headers, string body)
    {
        var caller = new TcpClient();
        await caller.ConnectAsync(IPAddress.Loopback, bench.Http.BaseAddress!.Port);
        await caller.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n{body}"));
        return caller;
    }

    private static async Task<string> ReadAsync(TcpClient caller)
    {
        using var reader = new StreamReader(caller.GetStream(), Encoding.ASCII);
        return await reader.ReadToEndAsync().WaitAsync(ClientBench.Guard);
    }
}
