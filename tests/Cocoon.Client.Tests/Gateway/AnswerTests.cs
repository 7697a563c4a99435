using System.Net;
using System.Text;
using System.Text.Json;
using Cocoon.Client.Gateway;
using Cocoon.Client.Tests.Fakes;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;

namespace Cocoon.Client.Tests.Gateway;

public sealed class AnswerTests
{
    private const string Sse = "text/event-stream";

    [Fact]
    public async Task Stream_reaches_the_caller_part_by_part()
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync();
        var answering = bench.ChatAsync(""","stream":true""");
        var request = await proxy.NextAsync();
        await proxy.StartAsync(request.RequestId, 200, "OK", Sse);
        await proxy.PartAsync(request.RequestId, "data: 1\n\n");

        using var response = await answering;
        await using var stream = await response.Content.ReadAsStreamAsync();
        (await ReadAsync(stream, 9)).ShouldBe("data: 1\n\n");
        // Only now is the rest sent: what came first was not held back for it.
        await proxy.PartAsync(request.RequestId, "data: 2\n\n");
        (await ReadAsync(stream, 9)).ShouldBe("data: 2\n\n");
        await proxy.PartAsync(request.RequestId, "data: [DONE]\n\n", FakeProxy.Final(30));
        (await new StreamReader(stream).ReadToEndAsync()).ShouldBe("data: [DONE]\n\n");
        response.Content.Headers.ContentType!.MediaType.ShouldBe(Sse);
        // The caller may have the answer before the session has looked at its figures; so it is below.
        await ClientBench.UntilAsync(() => bench.Metrics.Tokens == 30);
        bench.Metrics.ProxyFaults.ShouldBe(0);
    }

    [Fact]
    public async Task Interop_12_6_8_Status_reason_and_headers_are_the_workers_and_framing_is_the_gateways()
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync();
        var answering = bench.ChatAsync();
        var request = await proxy.NextAsync();
        await proxy.StartAsync(
            request.RequestId, 418, "Short and stout", "application/json", """{"a":1}""", FakeProxy.Final(1),
            new("content-length", "9999"), new("Transfer-Encoding", "chunked"), new("X-Worker", "w"), new("Connection", "x-hop"), new("X-Hop", "h"),
            new("Set-Cookie", "a=b"), new("Access-Control-Allow-Origin", "*"), new("Bad Name", "v"), new("X-Bad", "a\r\nb"));

        using var response = await answering;
        ((int)response.StatusCode).ShouldBe(418);
        response.ReasonPhrase.ShouldBe("Short and stout");
        (await response.Content.ReadAsStringAsync()).ShouldBe("""{"a":1}""");
        response.Headers.GetValues("X-Worker").ShouldBe(["w"]);
        foreach (var name in new[] { "X-Hop", "Set-Cookie", "Access-Control-Allow-Origin", "X-Bad" })
            response.Headers.Contains(name).ShouldBeFalse(name);
        response.Headers.Contains("X-Cocoon-Client-Start").ShouldBeTrue();
        response.Headers.Contains("X-Cocoon-Client-End").ShouldBeTrue();
    }

    [Fact]
    public async Task Only_harmless_headers_of_the_caller_are_forwarded()
    {
        await using var bench = new ClientBench(options => options.GatewayApiKey = "k");
        var proxy = await bench.StartAsync();
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions?a=b")
        {
            Content = new StringContent("""{"model":"m","messages":[]}""", Encoding.UTF8, "application/json"),
        };
        message.Headers.Add("Authorization", "Bearer k");
        message.Headers.Add("Cookie", "session=1");
        message.Headers.Add("X-Forwarded-For", "10.0.0.1");
        message.Headers.Add("Accept", "text/event-stream");
        message.Headers.Add("User-Agent", "test");
        var answering = bench.Http.SendAsync(message);
        var query = await proxy.NextAsync();
        var request = TlSerializer.Deserialize<HttpRequest>(query.Query);
        request.Method.ShouldBe("POST");
        request.Url.ShouldBe("/v1/chat/completions");
        request.HttpVersion.ShouldBe("HTTP/1.1");
        request.Headers.ShouldBe(
        [
            new("Content-Type", "application/json"), new("Accept", "text/event-stream"), new("Content-Length", request.Payload.Length.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ]);
        await proxy.StartAsync(query.RequestId, 200, "OK", "application/json", "{}", FakeProxy.Final(0));
        (await answering).Dispose();
    }

    [Fact]
    public async Task Interop_12_6_7_Query_says_what_the_request_says()
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync();
        var answering = bench.ChatAsync(""","max_tokens":10,"n":2,"max_coefficient":1500,"timeout":100,"enable_debug":true""");
        var query = await proxy.NextAsync();
        query.ModelName.ShouldBe("m");
        query.MaxTokens.ShouldBe(20);
        query.MaxCoefficient.ShouldBe(1500);
        query.Timeout.ShouldBe(95.0, 1e-9);
        query.MinConfigVersion.ShouldBe(3);
        query.EnableDebug.ShouldBe(true);
        Encoding.UTF8.GetString(TlSerializer.Deserialize<HttpRequest>(query.Query).Payload.Span).ShouldBe("""{"model":"m","messages":[],"n":2,"max_tokens":10}""");
        await proxy.StartAsync(query.RequestId, 200, "OK", "application/json", "{}", FakeProxy.Final(0));
        (await answering).Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Interop_12_6_1_Old_answers_are_understood_at_every_version(int version)
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync(proxy => proxy.ProtocolVersion = version);
        var answering = bench.ChatAsync(""","stream":true""");
        var query = await proxy.NextObjectAsync();
        var id = query switch { ClientRunQuery old => old.RequestId, ClientRunQueryEx ex => ex.RequestId, _ => throw new InvalidOperationException() };
        (query is ClientRunQuery).ShouldBe(version == 0);
        await proxy.SendAsync(new ClientQueryAnswer(FakeProxy.Response(200, "OK", Sse, "data: 1\n\n"), false, id, FakeProxy.Tokens(0)));
        await proxy.SendAsync(new ClientQueryAnswerPart("data: 2\n\n"u8.ToArray(), false, id, FakeProxy.Tokens(0)));
        await proxy.SendAsync(new ClientQueryAnswerPart("data: 3\n\n"u8.ToArray(), true, id, FakeProxy.Tokens(12)));
        using var response = await answering;
        (await response.Content.ReadAsStringAsync()).ShouldBe("data: 1\n\ndata: 2\n\ndata: 3\n\n");
        await ClientBench.UntilAsync(() => bench.Metrics.Tokens == 12);
    }

    [Fact]
    public async Task Slow_caller_loses_its_own_request_only()
    {
        await using var bench = new ClientBench(options => options.MaxBufferedAnswerBytes = 64 * 1024);
        var proxy = await bench.StartAsync();
        var slow = bench.ChatAsync(""","stream":true""");
        var first = await proxy.NextAsync();
        await proxy.StartAsync(first.RequestId, 200, "OK", Sse, "data: 0\n\n");
        using var stalled = await slow;
        var part = Encoding.ASCII.GetBytes("data: " + new string('x', 64 * 1024) + "\n\n");
        // Far more than all buffers of a loopback connection hold; the session must take it all.
        for (var i = 0; i < 512; i++)
            await proxy.PartAsync(first.RequestId, part);

        var quick = bench.ChatAsync();
        var second = await proxy.NextAsync();
        await proxy.StartAsync(second.RequestId, 200, "OK", "application/json", "{}", FakeProxy.Final(0));
        using (var response = await quick)
            response.StatusCode.ShouldBe(HttpStatusCode.OK);

        var text = await stalled.Content.ReadAsStringAsync();
        text.Length.ShouldBeLessThan(512 * part.Length);
        LastEventError(text).ShouldBe("slow_reader");
    }

    [Fact]
    public async Task Caller_that_goes_away_is_forgotten()
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync();
        using var leaving = new CancellationTokenSource();
        var answering = bench.ChatAsync(cancellationToken: leaving.Token);
        var query = await proxy.NextAsync();
        var session = bench.Pool.Sessions.Single();
        session.Running.ShouldBe(1);
        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(answering);
        await ClientBench.UntilAsync(() => session.Running == 0);
        await proxy.StartAsync(query.RequestId, 200, "OK", "application/json", "{}", FakeProxy.Final(1));

        var next = bench.ChatAsync();
        var second = await proxy.NextAsync();
        await proxy.StartAsync(second.RequestId, 200, "OK", "application/json", "{}", FakeProxy.Final(1));
        (await next).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1_000_000_000)]
    public async Task Weakness_12_2_01_Count_no_honest_answer_can_have_is_a_fault_of_the_proxy(long tokens)
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync();
        var answering = bench.ChatAsync();
        var query = await proxy.NextAsync();
        await proxy.StartAsync(query.RequestId, 200, "OK", "application/json", "{}", FakeProxy.Final(tokens));
        (await answering).StatusCode.ShouldBe(HttpStatusCode.OK);
        await ClientBench.UntilAsync(() => bench.Pool.Sessions.Single().Faults == 1);
        bench.Metrics.Tokens.ShouldBe(0);
    }

    [Fact]
    public async Task What_follows_the_last_answer_is_not_counted()
    {
        await using var bench = new ClientBench();
        var proxy = await bench.StartAsync();
        var session = bench.Pool.Sessions.Single();
        var request = InferenceRequestReader.Read(InferenceApi.ChatCompletions, """{"model":"m"}"""u8.ToArray(), bench.Options);
        var running = await session.StartAsync(request, [], TimeSpan.FromSeconds(10), default);
        var id = (await proxy.NextAsync()).RequestId;
        await proxy.StartAsync(id, 200, "OK", "application/json", "{}", FakeProxy.Final(5));
        await proxy.StartAsync(id, 200, "OK", "application/json", "{}", FakeProxy.Final(5));
        await proxy.PartAsync(id, "", FakeProxy.Final(1_000_000_000));
        // Messages are taken in order, so what the last one did shows that those before are done with.
        await proxy.SendAsync(new ProxyClientRequestPayment(id, new ProxySignedPaymentEmpty(), 7, 7, 7));
        await ClientBench.UntilAsync(() => session.Channel!.Count.Max.Value == 7);
        bench.Metrics.Tokens.ShouldBe(5);
        session.Faults.ShouldBe(0);
        running.FinalTokens.ShouldBe(5);
        session.Forget(running);
    }

    [Fact]
    public async Task Request_that_never_left_explains_no_tokens()
    {
        await using var bench = new ClientBench();
        await bench.StartAsync();
        var session = bench.Pool.Sessions.Single();
        await ClientBench.UntilAsync(() => session.Channel!.View is not null);
        var request = InferenceRequestReader.Read(InferenceApi.ChatCompletions, """{"model":"m"}"""u8.ToArray(), bench.Options);
        await Should.ThrowAsync<OperationCanceledException>(session.StartAsync(request, [], TimeSpan.FromSeconds(10), new CancellationToken(canceled: true)));
        session.Channel!.Count.Update(new ProxySignedPaymentEmpty(), 0, 10);
        session.Channel.Count.Unexplained.ShouldBe(10);
        session.Running.ShouldBe(0);
    }

    [Fact]
    public async Task Models_are_listed_in_OpenAIs_shape()
    {
        await using var bench = new ClientBench();
        await bench.StartAsync(proxy => proxy.Models.Add(new ClientWorkerTypeV2("Qwen/Qwen3-8B", [new ClientWorkerInstanceV2(1000, 1, 4)])));
        var list = JsonDocument.Parse(await bench.Http.GetStringAsync("/v1/models")).RootElement;
        list.GetProperty("object").GetString().ShouldBe("list");
        var model = list.GetProperty("data").EnumerateArray().ShouldHaveSingleItem();
        model.ToString().ShouldBe(
            """{"id":"Qwen/Qwen3-8B","object":"model","created":0,"owned_by":"cocoon","workers":[{"coefficient":1000,"running_requests":1,"max_running_requests":4}]}""");
        foreach (var path in new[] { "/v1/models/Qwen/Qwen3-8B", "/v1/models/Qwen%2FQwen3-8B" })
            (await bench.Http.GetStringAsync(path)).ShouldBe(model.ToString());
        using var unknown = await bench.Http.GetAsync("/v1/models/other");
        (await ClientBench.ErrorAsync(unknown, 404, "model_not_found")).ShouldContain("Qwen/Qwen3-8B");
    }

    [Fact]
    public async Task Health_says_whether_a_proxy_is_ready()
    {
        await using var bench = new ClientBench();
        await bench.StartGatewayAsync();
        (await bench.Http.GetAsync("/health")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        await bench.ConnectAsync(bench.NewProxy());
        await bench.ReadyAsync();
        (await bench.Http.GetAsync("/health")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    internal static string LastEventError(string stream)
    {
        var last = stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1];
        last.ShouldStartWith("data: {");
        return JsonDocument.Parse(last["data: ".Length..]).RootElement.GetProperty("error").GetProperty("code").GetString()!;
    }

    private static async Task<string> ReadAsync(Stream stream, int count)
    {
        var buffer = new byte[count];
        await stream.ReadExactlyAsync(buffer).AsTask().WaitAsync(ClientBench.Guard);
        return Encoding.UTF8.GetString(buffer);
    }
}
