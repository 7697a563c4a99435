using System.Net;
using System.Net.Sockets;
using System.Text;
using Cocoon.Inference.OpenAi;
using Cocoon.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Cocoon.Inference.Tests.OpenAi;

public sealed class OpenAiEngineTests
{
    private static readonly EngineRequest Chat = new(
        "POST", "/v1/chat/completions", [new("Content-Type", "application/json")], """{"model":"m"}"""u8.ToArray());

    [Fact]
    public async Task Weakness_12_2_02_A_stream_is_passed_on_part_by_part_as_it_arrives_and_its_tokens_are_counted()
    {
        var mayContinue = new TaskCompletionSource();
        await using var backend = await FakeBackend.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: {\"choices\":[1]}\n\n");
            await context.Response.Body.FlushAsync();
            await mayContinue.Task;
            await context.Response.WriteAsync("data: {\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n");
        });
        await using var engine = Engine(backend.Address);
        await using var response = await engine.SendAsync(Chat, CancellationToken.None);
        response.StatusCode.ShouldBe(200);
        response.Headers.ShouldContain(header => header.Key == "Content-Type" && header.Value == "text/event-stream");

        var body = new StringBuilder();
        await foreach (var part in response.ReadBodyAsync(CancellationToken.None))
        {
            body.Append(Encoding.UTF8.GetString(part.Span));
            // The server only goes on once its first part was seen here: a buffering engine would never end.
            mayContinue.TrySetResult();
        }

        body.ToString().ShouldBe("data: {\"choices\":[1]}\n\ndata: {\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n");
        response.Usage.ShouldBe(new TokenUsage(7, 0, 3, 0));
    }

    [Theory]
    [InlineData("application/json", "{\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}")]
    [InlineData("application/x-ndjson", "{\"a\":1}\n{\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n")]
    [InlineData("text/event-stream", "data: {\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\r\n\r\n")]
    public async Task Bytes_pass_unchanged_and_tokens_are_counted_in_every_form(string type, string content)
    {
        await using var backend = await FakeBackend.StartAsync(context =>
        {
            context.Response.ContentType = type;
            return context.Response.WriteAsync(content);
        });
        await using var engine = Engine(backend.Address);
        await using var response = await engine.SendAsync(Chat, CancellationToken.None);
        (await ReadAsync(response)).ShouldBe(content);
        response.Usage.ShouldBe(new TokenUsage(7, 0, 3, 0));
    }

    [Fact]
    public async Task Request_reaches_the_server_without_the_callers_secrets_and_connection_headers()
    {
        IHeaderDictionary? headers = null;
        string? line = null;
        var content = "";
        await using var backend = await FakeBackend.StartAsync(async context =>
        {
            headers = new HeaderDictionary(context.Request.Headers.ToDictionary());
            line = $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}";
            content = await new StreamReader(context.Request.Body).ReadToEndAsync();
        });
        await using var engine = new OpenAiEngine(new OpenAiEngineOptions { BaseAddress = new Uri(backend.Address, "/v1/"), ApiKey = "ours" }, TimeProvider.System);
        var request = Chat with
        {
            Url = "/v1/chat/completions?a=b",
            Headers =
            [
                new("content-type", "application/json"), new("authorization", "Bearer theirs"), new("COOKIE", "theirs"), new("X-Api-Key", "theirs"),
                new("Host", "evil.example"), new("CONTENT-LENGTH", "3"), new("transfer-ENCODING", "chunked"), new("Connection", "close, X-Hop"),
                new("x-hop", "1"), new("Accept-Encoding", "gzip"), new("X-Other", "kept"), new("Bad Name", "x"), new("X-Split", "a\r\nEvil: b"),
            ],
        };
        await using var response = await engine.SendAsync(request, CancellationToken.None);
        await ReadAsync(response);

        line.ShouldBe("POST /v1/chat/completions?a=b");
        content.ShouldBe("""{"model":"m"}""");
        headers!["Authorization"].ToString().ShouldBe("Bearer ours");
        headers["Content-Length"].ToString().ShouldBe("13");
        headers["X-Other"].ToString().ShouldBe("kept");
        headers["Content-Type"].ToString().ShouldBe("application/json");
        headers["Host"].ToString().ShouldBe(backend.Address.Authority);
        foreach (var absent in (string[])["Cookie", "X-Api-Key", "X-Hop", "Transfer-Encoding", "Accept-Encoding", "Evil", "X-Split"])
            headers.ContainsKey(absent).ShouldBeFalse(absent);
    }

    [Fact]
    public async Task Response_headers_about_the_connection_are_left_out_and_a_status_is_passed_on()
    {
        await using var backend = await FakeBackend.StartAsync(context =>
        {
            context.Response.StatusCode = 429;
            context.Response.Headers["X-Kept"] = "1";
            context.Response.Headers["Set-Cookie"] = "secret";
            context.Response.Headers["Keep-Alive"] = "timeout=5";
            context.Response.Headers.ContentLength = 2;
            return context.Response.WriteAsync("{}");
        });
        await using var engine = Engine(backend.Address);
        await using var response = await engine.SendAsync(Chat, CancellationToken.None);
        response.StatusCode.ShouldBe(429);
        response.Reason.ShouldBe("Too Many Requests");
        var names = response.Headers.Select(header => header.Key.ToLowerInvariant()).ToList();
        names.ShouldContain("x-kept");
        foreach (var absent in (string[])["content-length", "transfer-encoding", "connection", "keep-alive", "set-cookie"])
            names.ShouldNotContain(absent);
        (await ReadAsync(response)).ShouldBe("{}");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_that_breaks_off_is_an_error_and_not_an_end(bool announced)
    {
        var seen = new TaskCompletionSource();
        await using var backend = await FakeBackend.StartAsync(async context =>
        {
            if (announced)
                context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("data: {\"usage\":{\"completion_tokens\":3}}\n\n");
            await context.Response.Body.FlushAsync();
            await seen.Task;
            context.Abort();
        });
        await using var engine = Engine(backend.Address);
        await using var response = await engine.SendAsync(Chat, CancellationToken.None);
        var exception = await Should.ThrowAsync<EngineException>(async () =>
        {
            await foreach (var _ in response.ReadBodyAsync(CancellationToken.None))
                seen.TrySetResult();
        });
        exception.Code.ShouldBe(EngineErrorCode.Protocol);
        response.Usage.CompletionTokens.ShouldBe(3);
    }

    [Fact]
    public async Task A_connection_that_breaks_before_the_answer_is_a_protocol_error()
    {
        await using var backend = await FakeBackend.StartAsync(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        await using var engine = Engine(backend.Address);
        (await Should.ThrowAsync<EngineException>(() => engine.SendAsync(Chat, CancellationToken.None))).Code.ShouldBe(EngineErrorCode.Protocol);
    }

    [Fact]
    public async Task A_refused_connection_is_unavailable()
    {
        using var closed = new ClosedPort();
        await using var engine = Engine(new Uri($"http://{closed.EndPoint}"));
        (await Should.ThrowAsync<EngineException>(() => engine.SendAsync(Chat, CancellationToken.None))).Code.ShouldBe(EngineErrorCode.Unavailable);
        (await engine.IsHealthyAsync(CancellationToken.None)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_server_that_is_no_http_server_is_a_protocol_error()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serve = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            await client.GetStream().ReadExactlyAsync(new byte[4]);
            await client.GetStream().WriteAsync("SSH-2.0-nothing\r\n\r\n"u8.ToArray());
        });
        await using var engine = Engine(new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"));
        (await Should.ThrowAsync<EngineException>(() => engine.SendAsync(Chat, CancellationToken.None))).Code.ShouldBe(EngineErrorCode.Protocol);
        await serve;
    }

    [Fact]
    public async Task A_server_that_does_not_answer_in_time_is_a_timeout()
    {
        var time = new ManualTimeProvider();
        await using var backend = await FakeBackend.StartAsync(async context =>
        {
            time.Advance(TimeSpan.FromSeconds(31));
            await Gone(context);
        });
        await using var engine = Engine(backend.Address, time);
        (await Should.ThrowAsync<EngineException>(() => engine.SendAsync(Chat, CancellationToken.None))).Code.ShouldBe(EngineErrorCode.Timeout);
        (await engine.IsHealthyAsync(CancellationToken.None)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_body_that_stalls_is_a_timeout()
    {
        var time = new ManualTimeProvider();
        await using var backend = await FakeBackend.StartAsync(async context =>
        {
            await context.Response.WriteAsync("data: a\n\n");
            await context.Response.Body.FlushAsync();
            await Gone(context);
        });
        await using var engine = Engine(backend.Address, time);
        await using var response = await engine.SendAsync(Chat, CancellationToken.None);
        await using var parts = response.ReadBodyAsync(CancellationToken.None).GetAsyncEnumerator();
        (await parts.MoveNextAsync()).ShouldBeTrue();
        var next = parts.MoveNextAsync().AsTask();
        time.Advance(TimeSpan.FromSeconds(11));
        (await Should.ThrowAsync<EngineException>(() => next)).Code.ShouldBe(EngineErrorCode.Timeout);
    }

    [Fact]
    public async Task Cancelling_reaches_the_server()
    {
        var gone = new TaskCompletionSource();
        await using var backend = await FakeBackend.StartAsync(async context =>
        {
            await context.Response.WriteAsync("data: a\n\n");
            await context.Response.Body.FlushAsync();
            await Gone(context);
            gone.SetResult();
        });
        await using var engine = Engine(backend.Address);
        using var stop = new CancellationTokenSource();
        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await using var response = await engine.SendAsync(Chat, stop.Token);
            await foreach (var _ in response.ReadBodyAsync(stop.Token))
                await stop.CancelAsync();
        });
        await gone.Task.WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(503, false)]
    public async Task Health_is_the_status_of_the_list_of_models(int status, bool healthy)
    {
        var path = "";
        await using var backend = await FakeBackend.StartAsync(context =>
        {
            path = context.Request.Path;
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        await using var engine = Engine(backend.Address);
        (await engine.IsHealthyAsync(CancellationToken.None)).ShouldBe(healthy);
        path.ShouldBe("/v1/models");
    }

    [Theory]
    [InlineData("@evil.example/v1/models")]
    [InlineData("http://evil.example/v1/models")]
    [InlineData("/../admin")]
    [InlineData("/%2e%2e/admin")]
    [InlineData("")]
    public async Task A_url_that_leaves_the_configured_server_is_refused(string url)
    {
        await using var engine = Engine(new Uri("http://127.0.0.1:1/models/"));
        (await Should.ThrowAsync<EngineException>(() => engine.SendAsync(Chat with { Url = url }, CancellationToken.None))).Code
            .ShouldBe(EngineErrorCode.Protocol);
    }

    [Fact]
    public void Keys_and_prompts_do_not_show_in_texts()
    {
        new OpenAiEngineOptions { BaseAddress = new Uri("http://x"), ApiKey = "secret" }.ToString().ShouldNotContain("secret");
        (Chat with { Headers = [new("a", "secret")] }).ToString().ShouldBe("POST /v1/chat/completions (13 bytes)");
    }

    private static OpenAiEngine Engine(Uri address, TimeProvider? time = null) => new(
        new OpenAiEngineOptions { BaseAddress = address, HeadersTimeout = TimeSpan.FromSeconds(30), IdleTimeout = TimeSpan.FromSeconds(10) },
        time ?? TimeProvider.System);

    private static async Task Gone(HttpContext context)
    {
        var gone = new TaskCompletionSource();
        using var registration = context.RequestAborted.Register(gone.SetResult);
        await gone.Task;
    }

    private static async Task<string> ReadAsync(EngineResponse response)
    {
        var body = new StringBuilder();
        await foreach (var part in response.ReadBodyAsync(CancellationToken.None))
            body.Append(Encoding.UTF8.GetString(part.Span));
        return body.ToString();
    }
}
