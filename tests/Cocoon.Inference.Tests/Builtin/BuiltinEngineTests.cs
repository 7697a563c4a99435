using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Inference.Builtin;
using Cocoon.Testing;

namespace Cocoon.Inference.Tests.Builtin;

public sealed class BuiltinEngineTests
{
    private static readonly BuiltinEngine Engine = Create(new BuiltinEngineOptions());

    [Fact]
    public async Task A_chat_answer_has_the_shape_of_the_OpenAI_API()
    {
        var (status, json, usage) = await SendAsync("""{"model":"cocoon-demo","messages":[{"role":"user","content":"Who"}],"temperature":0,"max_tokens":5}""");
        status.ShouldBe(200);
        json["object"]!.GetValue<string>().ShouldBe("chat.completion");
        json["id"]!.GetValue<string>().ShouldStartWith("chatcmpl-");
        json["model"]!.GetValue<string>().ShouldBe("cocoon-demo");
        json["created"]!.GetValue<long>().ShouldBe(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds());
        var choice = json["choices"]!.AsArray().Single()!;
        choice["index"]!.GetValue<int>().ShouldBe(0);
        choice["message"]!["role"]!.GetValue<string>().ShouldBe("assistant");
        choice["message"]!["content"]!.GetValue<string>().ShouldNotBeNull();
        choice["finish_reason"]!.GetValue<string>().ShouldBe("length");
        json["usage"]!["prompt_tokens"]!.GetValue<long>().ShouldBe(usage.PromptTokens);
        json["usage"]!["completion_tokens"]!.GetValue<long>().ShouldBe(5);
        json["usage"]!["total_tokens"]!.GetValue<long>().ShouldBe(usage.PromptTokens + 5);
        json["usage"]!["prompt_tokens_details"]!["cached_tokens"]!.GetValue<long>().ShouldBe(0);
        json["usage"]!["completion_tokens_details"]!["reasoning_tokens"]!.GetValue<long>().ShouldBe(0);
        usage.CompletionTokens.ShouldBe(5);
    }

    [Fact]
    public async Task A_chat_stream_says_the_same_in_frames()
    {
        const string Request = """{"model":"cocoon-demo","messages":[{"role":"user","content":"Who is here?"}],"seed":3,"max_tokens":30,"n":2""";
        var whole = (await SendAsync(Request + "}")).Json;
        var (frames, usage) = await StreamAsync(Request + ""","stream":true,"stream_options":{"include_usage":true}}""");

        for (var index = 0; index < 2; index++)
        {
            var choices = frames.SelectMany(frame => frame["choices"]!.AsArray()).Where(choice => choice!["index"]!.GetValue<int>() == index).ToList();
            choices[0]!["delta"]!.ToJsonString().ShouldBe("""{"role":"assistant","content":""}""");
            choices[^1]!["delta"]!.ToJsonString().ShouldBe("{}");
            string.Concat(choices.Select(choice => choice!["delta"]!["content"]?.GetValue<string>()))
                .ShouldBe(whole["choices"]![index]!["message"]!["content"]!.GetValue<string>());
            choices[..^1].ShouldAllBe(choice => choice!["finish_reason"] == null);
            choices[^1]!["finish_reason"]!.GetValue<string>().ShouldBe(whole["choices"]![index]!["finish_reason"]!.GetValue<string>());
        }
        frames.ShouldAllBe(frame => frame["object"]!.GetValue<string>() == "chat.completion.chunk");
        frames.Select(frame => frame["id"]!.GetValue<string>()).Distinct().Count().ShouldBe(1);
        frames[..^1].ShouldAllBe(frame => frame.AsObject().ContainsKey("usage") && frame["usage"] == null);
        frames[^1]["choices"]!.AsArray().Count.ShouldBe(0);
        frames[^1]["usage"]!.ToJsonString().ShouldBe(whole["usage"]!.ToJsonString());
        usage.CompletionTokens.ShouldBe(whole["usage"]!["completion_tokens"]!.GetValue<long>());
    }

    [Fact]
    public async Task A_stream_without_the_wish_for_usage_has_none()
    {
        var (frames, usage) = await StreamAsync(
            """{"model":"cocoon-demo","messages":[{"role":"user","content":"Who"}],"max_tokens":2,"stream":true}""");
        frames.ShouldAllBe(frame => !frame.AsObject().ContainsKey("usage"));
        usage.CompletionTokens.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_text_completion_echoes_its_prompts_and_numbers_its_choices()
    {
        var (status, json, usage) = await SendAsync(
            """{"model":"cocoon-demo","prompt":["Only a","A cell"],"n":2,"echo":true,"temperature":0,"max_tokens":3}""", "/v1/completions");
        status.ShouldBe(200);
        json["object"]!.GetValue<string>().ShouldBe("text_completion");
        var choices = json["choices"]!.AsArray();
        choices.Select(choice => choice!["index"]!.GetValue<int>()).ShouldBe([0, 1, 2, 3]);
        choices[1]!["text"]!.GetValue<string>().ShouldStartWith("Only a");
        choices[1]!["text"]!.GetValue<string>().ShouldBe(choices[0]!["text"]!.GetValue<string>());
        choices[2]!["text"]!.GetValue<string>().ShouldStartWith("A cell");
        usage.CompletionTokens.ShouldBeInRange(1, 12);
    }

    [Fact]
    public async Task Equal_seeds_give_equal_answers()
    {
        const string Request = """{"model":"cocoon-demo","messages":[{"role":"user","content":"Who"}],"max_tokens":20,"temperature":2,"seed":""";
        (await ContentAsync(Request + "5}")).ShouldBe(await ContentAsync(Request + "5}"));
        (await ContentAsync(Request + "5}")).ShouldNotBe(await ContentAsync(Request + "6}"));
    }

    [Fact]
    public async Task A_stop_sequence_ends_the_answer_before_it()
    {
        const string Request = """{"model":"cocoon-demo","prompt":"Who","temperature":2,"seed":5,"max_tokens":30""";
        var text = (await SendAsync(Request + "}", "/v1/completions")).Json["choices"]![0]!["text"]!.GetValue<string>();
        var stop = text.EnumerateRunes().First(rune => rune.Value is > ' ' and < 127).ToString();
        var stopped = (await SendAsync($"{Request},\"stop\":{JsonSerializer.Serialize(stop)}}}", "/v1/completions")).Json["choices"]![0]!;
        stopped["text"]!.GetValue<string>().ShouldBe(text[..text.IndexOf(stop, StringComparison.Ordinal)]);
        stopped["finish_reason"]!.GetValue<string>().ShouldBe("stop");
    }

    [Fact]
    public async Task Text_that_is_no_valid_UTF8_becomes_replacement_characters()
    {
        // Barely trained and at the highest temperature, the model produces bytes that are no text.
        var (_, json, _) = await SendAsync("""{"model":"cocoon-demo","prompt":"x","temperature":2,"seed":1,"n":8,"max_tokens":60}""", "/v1/completions");
        string.Concat(json["choices"]!.AsArray().Select(choice => choice!["text"]!.GetValue<string>())).ShouldContain("\ufffd");
    }

    [Fact]
    public async Task The_list_of_models_names_the_model()
    {
        var (status, json, _) = await SendAsync("", "/v1/models", "GET");
        status.ShouldBe(200);
        json["data"]![0]!["id"]!.GetValue<string>().ShouldBe("cocoon-demo");
    }

    [Theory]
    [InlineData("{", 400, null, null)]
    [InlineData("[]", 400, null, null)]
    [InlineData("""{"messages":[]}""", 400, "model", null)]
    [InlineData("""{"model":"other","messages":[{"role":"user","content":"x"}]}""", 404, "model", "model_not_found")]
    [InlineData("""{"model":"cocoon-demo"}""", 400, "messages", null)]
    [InlineData("""{"model":"cocoon-demo","messages":[]}""", 400, "messages", null)]
    [InlineData("""{"model":"cocoon-demo","messages":[{"role":"tool","content":"x"}]}""", 400, "messages[0].role", null)]
    [InlineData("""{"model":"cocoon-demo","messages":[{"role":"user","content":[{"type":"image_url"}]}]}""", 400, "messages[0].content", null)]
    [InlineData("""{"model":"cocoon-demo","messages":[{"role":"user","content":"\ud800"}]}""", 400, null, null)]
    [InlineData("""{"model":"cocoon-demo","messages":[{"role":"user","content":"x"}],"temperature":3}""", 400, "temperature", null)]
    [InlineData("""{"model":"cocoon-demo","messages":[{"role":"user","content":"x"}],"top_p":"1"}""", 400, "top_p", null)]
    [InlineData("""{"model":"cocoon-demo","messages":[{"role":"user","content":"x"}],"max_tokens":0}""", 400, "max_tokens", null)]
    [InlineData("""{"model":"cocoon-demo","messages":[{"role":"user","content":"x"}],"n":9}""", 400, "n", null)]
    [InlineData("""{"model":"cocoon-demo","messages":[{"role":"user","content":"x"}],"stop":["a","b","c","d","e"]}""", 400, "stop", null)]
    [InlineData("""{"model":"cocoon-demo","messages":[{"role":"user","content":"x"}],"stop":""}""", 400, "stop", null)]
    [InlineData("""{"model":"cocoon-demo","messages":[{"role":"user","content":"x"}],"stream":1}""", 400, "stream", null)]
    [InlineData("""{"model":"cocoon-demo","messages":[{"role":"user","content":"x"}],"tools":[{}]}""", 400, "tools", "unsupported_parameter")]
    [InlineData("""{"model":"cocoon-demo","messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_object"}}""", 400, "response_format", "unsupported_parameter")]
    public async Task A_wrong_request_is_refused_in_the_error_shape_of_the_OpenAI_API(string body, int status, string? parameter, string? code)
    {
        var (found, json, usage) = await SendAsync(body);
        found.ShouldBe(status);
        json["error"]!["param"]?.GetValue<string>().ShouldBe(parameter);
        json["error"]!["code"]?.GetValue<string>().ShouldBe(code);
        json["error"]!["type"]!.GetValue<string>().ShouldBe("invalid_request_error");
        json["error"]!["message"]!.GetValue<string>().ShouldNotBeEmpty();
        usage.ShouldBe(default);
    }

    [Theory]
    [InlineData(120)]
    [InlineData(1_000_000)]
    public async Task A_prompt_longer_than_the_context_is_refused(int letters)
    {
        var body = new { model = "cocoon-demo", messages = new[] { new { role = "user", content = string.Concat(Enumerable.Repeat("#;", letters / 2)) } } };
        var (status, json, _) = await SendAsync(JsonSerializer.Serialize(body));
        status.ShouldBe(400);
        json["error"]!["code"]!.GetValue<string>().ShouldBe("context_length_exceeded");
        json["error"]!["message"]!.GetValue<string>().ShouldContain("96");
    }

    [Fact]
    public async Task Answers_end_with_the_context()
    {
        var (_, json, usage) = await SendAsync("""{"model":"cocoon-demo","prompt":"x","temperature":2,"seed":2,"n":4,"max_tokens":1000}""", "/v1/completions");
        (usage.PromptTokens + usage.CompletionTokens / 4).ShouldBeLessThanOrEqualTo(96);
        json["choices"]!.AsArray().Count.ShouldBe(4);
    }

    [Theory]
    [InlineData("GET", "/v1/completions", 405)]
    [InlineData("POST", "/v1/models", 405)]
    [InlineData("POST", "/v1/embeddings", 404)]
    [InlineData("POST", "", 404)]
    public async Task Another_url_or_method_is_refused(string method, string url, int status) =>
        (await SendAsync("{}", url, method)).Status.ShouldBe(status);

    [Fact]
    public async Task A_body_over_the_limit_is_refused()
    {
        await using var engine = Create(new BuiltinEngineOptions { MaxRequestBytes = 10 });
        await using var response = await engine.SendAsync(Request("""{"model":"cocoon-demo"}"""), CancellationToken.None);
        response.StatusCode.ShouldBe(413);
    }

    [Fact]
    public async Task Too_many_requests_wait_or_are_refused_and_go_on_when_one_is_done()
    {
        const string Body = """{"model":"cocoon-demo","messages":[{"role":"user","content":"x"}],"max_tokens":3,"stream":true}""";
        await using var engine = Create(new BuiltinEngineOptions { MaxConcurrency = 1, MaxQueue = 1 });
        var first = await engine.SendAsync(Request(Body), CancellationToken.None);
        var second = engine.SendAsync(Request(Body), CancellationToken.None);
        second.IsCompleted.ShouldBeFalse();
        (await engine.IsHealthyAsync(CancellationToken.None)).ShouldBeFalse();
        await using (var third = await engine.SendAsync(Request(Body), CancellationToken.None))
        {
            third.StatusCode.ShouldBe(503);
            (await ReadAsync(third)).ShouldContain("engine_overloaded");
        }

        await first.DisposeAsync();
        await using (var served = await second)
            (await ReadAsync(served)).ShouldEndWith("data: [DONE]\n\n");
        (await engine.IsHealthyAsync(CancellationToken.None)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_waiting_request_can_be_cancelled()
    {
        const string Body = """{"model":"cocoon-demo","messages":[{"role":"user","content":"x"}]}""";
        await using var engine = Create(new BuiltinEngineOptions { MaxConcurrency = 1 });
        await using var first = await engine.SendAsync(Request(Body), CancellationToken.None);
        using var stop = new CancellationTokenSource();
        var second = engine.SendAsync(Request(Body), stop.Token);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => second);
    }

    [Fact]
    public Task Cancelling_stops_the_work_and_frees_its_place() =>
        CancelAtAsync(2, """{"model":"cocoon-demo","messages":[{"role":"user","content":"x"}],"stream":true,"temperature":2,"seed":1}""");

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Cancelling_is_heeded_also_when_the_answer_has_ended_by_itself(int part)
    {
        const string Request = """{"model":"cocoon-demo","messages":[{"role":"user","content":"Who"}],"temperature":0,"max_tokens":1""";
        // What may be the beginning of a stop sequence is held back to the end, so there are four parts: role, text, reason, usage.
        var stop = JsonSerializer.Serialize(await ContentAsync(Request + "}") + "#");
        await CancelAtAsync(part, $$$"""{{{Request}}},"stop":{{{stop}}},"stream":true,"stream_options":{"include_usage":true}}""");
    }

    [Fact]
    public async Task A_disposed_answer_cannot_be_read()
    {
        var response = await Engine.SendAsync(Request("""{"model":"cocoon-demo","messages":[{"role":"user","content":"x"}]}"""), CancellationToken.None);
        await response.DisposeAsync();
        await Should.ThrowAsync<ObjectDisposedException>(() => ReadAsync(response));
    }

    private static async Task CancelAtAsync(int last, string body)
    {
        await using var engine = Create(new BuiltinEngineOptions { MaxConcurrency = 1, MaxQueue = 0 });
        using var stop = new CancellationTokenSource();
        await using var response = await engine.SendAsync(Request(body), stop.Token);
        var parts = 0;
        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in response.ReadBodyAsync(stop.Token))
            {
                if (++parts == last)
                    await stop.CancelAsync();
            }
        });
        parts.ShouldBe(last);
        (await engine.IsHealthyAsync(CancellationToken.None)).ShouldBeTrue();
    }

    private static BuiltinEngine Create(BuiltinEngineOptions options) =>
        new(TestModels.Load(TestModels.Small), options, new ManualTimeProvider());

    private static EngineRequest Request(string body, string url = "/v1/chat/completions", string method = "POST") =>
        new(method, url, [], Encoding.UTF8.GetBytes(body));

    private static async Task<(int Status, JsonNode Json, TokenUsage Usage)> SendAsync(
        string body, string url = "/v1/chat/completions", string method = "POST")
    {
        await using var response = await Engine.SendAsync(Request(body, url, method), CancellationToken.None);
        response.Headers.ShouldContain(new KeyValuePair<string, string>("content-type", "application/json"));
        var json = JsonNode.Parse(await ReadAsync(response))!;
        return (response.StatusCode, json, response.Usage);
    }

    private static async Task<string> ContentAsync(string body) =>
        (await SendAsync(body)).Json["choices"]![0]!["message"]!["content"]!.GetValue<string>();

    private static async Task<(List<JsonNode> Frames, TokenUsage Usage)> StreamAsync(string body)
    {
        await using var response = await Engine.SendAsync(Request(body), CancellationToken.None);
        response.Headers.ShouldContain(header => header.Key == "content-type" && header.Value.StartsWith("text/event-stream"));
        var events = (await ReadAsync(response)).Split("\n\n");
        events[^1].ShouldBe("");
        events[^2].ShouldBe("data: [DONE]");
        return ([.. events[..^2].Select(text => JsonNode.Parse(text["data: ".Length..])!)], response.Usage);
    }

    private static async Task<string> ReadAsync(EngineResponse response)
    {
        var body = new StringBuilder();
        await foreach (var part in response.ReadBodyAsync(CancellationToken.None))
            body.Append(Encoding.UTF8.GetString(part.Span));
        return body.ToString();
    }
}
