using System.Text;
using System.Text.Json;
using Cocoon.Client.Gateway;
using Cocoon.Client.Gateway.Debug;
using Cocoon.Client.Tests.Fakes;
using Cocoon.Protocol.Messages;

namespace Cocoon.Client.Tests.Gateway;

public sealed class DebugTests
{
    private const string Sse = "text/event-stream; charset=utf-8";
    private const string Json = "application/json";
    private const string Peers = """{"proxy":{"type":"proxy_stats"},"worker":{"type":"worker_stats"},"client":""";

    [Fact]
    public async Task Document_gets_the_debug_object_as_its_last_member()
    {
        await using var bench = new ClientBench();
        var text = await AnswerAsync(bench, Json, ["""{"a":[1,""", """{"b":2}]}"""], Final("""{"type":"worker_stats"}""", """ { "type": "proxy_stats" } """));
        text.ShouldStartWith("""{"a":[1,{"b":2}],"debug":""" + Peers);
        var client = JsonDocument.Parse(text).RootElement.GetProperty("debug").GetProperty("client");
        client.GetProperty("type").GetString().ShouldBe("client_stats");
        var now = (bench.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        foreach (var name in (string[])["start_time", "answer_receive_start_at", "answer_receive_end_at"])
            client.GetProperty(name).GetDouble().ShouldBe(now);
    }

    [Fact]
    public async Task Stream_gets_the_debug_object_in_an_event_before_its_end()
    {
        await using var bench = new ClientBench();
        var text = await AnswerAsync(bench, Sse, ["data: 1\n\nda", "ta: [DO", "NE]\n", "\n"], Final("""{"type":"worker_stats"}""", """{"type":"proxy_stats"}"""));
        var events = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        events.Length.ShouldBe(3);
        (events[0], events[2]).ShouldBe(("data: 1", "data: [DONE]"));
        events[1].ShouldStartWith("""data: {"object":"chat.completion.chunk","choices":[],"debug":""" + Peers);
    }

    [Theory]
    [InlineData("data:[DONE]\r\n\r\n", "\n\ndata: {\"object\":\"text_completion\",\"choices\":[],\"debug\":{}}\n\ndata:[DONE]\r\n\r\n")]
    [InlineData("data: x\n\n", "data: x\n\n\n\ndata: {\"object\":\"text_completion\",\"choices\":[],\"debug\":{}}\n\n")]
    [InlineData("data: [DONE]\n\ndata: x\n\n", "data: [DONE]\n\ndata: x\n\n\n\ndata: {\"object\":\"text_completion\",\"choices\":[],\"debug\":{}}\n\n")]
    [InlineData("data: [DONE]x", "data: [DONE]x\n\ndata: {\"object\":\"text_completion\",\"choices\":[],\"debug\":{}}\n\n")]
    [InlineData("", "\n\ndata: {\"object\":\"text_completion\",\"choices\":[],\"debug\":{}}\n\n")]
    public void Event_is_put_in_the_same_place_however_the_stream_is_cut(string stream, string expected)
    {
        for (var size = 1; size <= Math.Max(1, stream.Length); size++)
        {
            var insertion = new StreamInsertion(InferenceApi.Completions);
            var whole = new StringBuilder();
            foreach (var part in Encoding.ASCII.GetBytes(stream).Chunk(size)) whole.Append(Encoding.ASCII.GetString(insertion.Take(part).Span));
            whole.Append(Encoding.ASCII.GetString(insertion.Finish("{}"u8).Span));
            whole.ToString().ShouldBe(expected);
        }
    }

    [Fact]
    public void Stream_passes_at_once_but_for_its_end()
    {
        var insertion = new StreamInsertion(InferenceApi.ChatCompletions);
        Encoding.ASCII.GetString(insertion.Take("data: {\"a\""u8.ToArray()).Span).ShouldBe("data: {\"a\"");
        Encoding.ASCII.GetString(insertion.Take(":1}\n\ndata: ["u8.ToArray()).Span).ShouldBe(":1}\n\n");
        Encoding.ASCII.GetString(insertion.Take("1]\n"u8.ToArray()).Span).ShouldBe("data: [1]\n");
        // Nobody makes it hold back much.
        insertion.Take("data: [DONE]"u8.ToArray()).Length.ShouldBe(0);
        insertion.Take(Encoding.ASCII.GetBytes(new string('\n', 1000))).Length.ShouldBe(12 + 1000);
    }

    [Theory]
    [InlineData("{}", """{"debug":{}}""")]
    [InlineData(" {\"a\":1 } \n", " {\"a\":1 ,\"debug\":{}} \n")]
    [InlineData("""{"a":{"debug":1}}""", """{"a":{"debug":1},"debug":{}}""")]
    [InlineData("""{"debug":1}""", """{"debug":1}""")]
    [InlineData("""{"\ud800":1}""", """{"\ud800":1}""")]
    [InlineData("[]", "[]")]
    [InlineData("{\"a\":1}{}", "{\"a\":1}{}")]
    [InlineData("{\"a\":", "{\"a\":")]
    [InlineData("", "")]
    [InlineData("this is longer than what may be held", "this is longer than what may be held")]
    public void Document_that_has_no_place_for_it_passes_unchanged(string document, string expected)
    {
        var insertion = new DocumentInsertion(maxBytes: 30);
        var whole = new StringBuilder();
        foreach (var part in Encoding.UTF8.GetBytes(document).Chunk(5)) whole.Append(Encoding.UTF8.GetString(insertion.Take(part).Span));
        whole.Append(Encoding.UTF8.GetString(insertion.Finish("{}"u8).Span));
        whole.ToString().ShouldBe(expected);
    }

    [Theory]
    [InlineData("{", null)]
    [InlineData("\n\ndata: [DONE]\n\n", null)]
    [InlineData("{\"a\":\"\\ud800\"}", null)]
    [InlineData("{\n\"a\"\n:1}", "{\"a\":1}")]
    [InlineData("", "absent")]
    [InlineData(null, "absent")]
    [InlineData("deep", null)]
    [InlineData("huge", "absent")]
    public async Task Weakness_12_1_05_Debug_text_of_a_peer_is_its_JSON_or_quoted_or_left_out(string? text, string? expected)
    {
        text = text switch { "deep" => new string('[', 5000) + new string(']', 5000), "huge" => new string('1', 20_000), _ => text };
        foreach (var type in (string[])[Json, Sse])
        {
            await using var bench = new ClientBench();
            var answer = await AnswerAsync(bench, type, [type == Json ? "{}" : "data: [DONE]\n\n"], Final(text, text));
            var json = type == Json ? answer : answer.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[0]["data: ".Length..];
            var debug = JsonDocument.Parse(json).RootElement.GetProperty("debug");
            foreach (var name in (string[])["proxy", "worker"])
                (debug.TryGetProperty(name, out var value) ? value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText() : "absent").ShouldBe(expected ?? text);
            bench.Pool.Sessions.ShouldHaveSingleItem().Faults.ShouldBe(0);
        }
    }

    [Theory]
    [InlineData("text/plain", null)]
    [InlineData(Json, "gzip")]
    public async Task Body_that_is_something_else_passes_unchanged(string type, string? encoding)
    {
        await using var bench = new ClientBench();
        var text = await AnswerAsync(bench, type, ["{}"], Final("{}", "{}"), encoding);
        text.ShouldBe("{}");
    }

    private static ClientQueryFinalInfo Final(string? worker, string? proxy) =>
        new(FakeProxy.Tokens(3), worker, worker is null ? null : proxy, null, null, null, null);

    private static async Task<string> AnswerAsync(
        ClientBench bench, string type, string[] parts, ClientQueryFinalInfo final, string? encoding = null)
    {
        var proxy = await bench.StartAsync();
        var answering = bench.ChatAsync(""","enable_debug":true""");
        var request = await proxy.NextAsync();
        request.EnableDebug.ShouldBe(true);
        await proxy.StartAsync(request.RequestId, 200, "OK", type, more: encoding is null ? [] : [new HttpHeader("Content-Encoding", encoding)]);
        foreach (var part in parts) await proxy.PartAsync(request.RequestId, part);
        await proxy.PartAsync(request.RequestId, "", final);
        using var response = await answering;
        return Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync());
    }
}
