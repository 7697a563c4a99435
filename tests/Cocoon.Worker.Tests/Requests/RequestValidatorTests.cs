using System.Text;
using System.Text.Json;
using Cocoon.Inference;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;
using Cocoon.Worker.Requests;

namespace Cocoon.Worker.Tests.Requests;

public sealed class RequestValidatorTests
{
    private const string Chat = "/v1/chat/completions";

    [Theory]
    [InlineData("audio", """{"voice":"alloy","format":"wav"}""")]
    [InlineData("frequency_penalty", "-2")]
    [InlineData("function_call", "\"auto\"")]
    [InlineData("functions", "[]")]
    [InlineData("logit_bias", """{"50256":-100}""")]
    [InlineData("logprobs", "true")]
    [InlineData("max_completion_tokens", "100")]
    [InlineData("max_tokens", "0")]
    [InlineData("max_tokens", "null")]
    [InlineData("metadata", """{"a":"b"}""")]
    [InlineData("modalities", """["text"]""")]
    [InlineData("n", "2")]
    [InlineData("parallel_tool_calls", "false")]
    [InlineData("prediction", """{"type":"content","content":"x"}""")]
    [InlineData("presence_penalty", "2.0")]
    [InlineData("prompt_cache_key", "\"k\"")]
    [InlineData("reasoning_effort", "\"low\"")]
    [InlineData("response_format", """{"type":"json_schema","json_schema":{"name":"n","schema":{}}}""")]
    [InlineData("safety_identifier", "\"s\"")]
    [InlineData("seed", "-9223372036854775808")]
    [InlineData("service_tier", "\"auto\"")]
    [InlineData("stop", """["a","b"]""")]
    [InlineData("store", "false")]
    [InlineData("stream", "false")]
    [InlineData("stream", "null")]
    [InlineData("temperature", "0.1")]
    [InlineData("tool_choice", """{"type":"function","function":{"name":"f"}}""")]
    [InlineData("tools", """[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]""")]
    [InlineData("top_logprobs", "5")]
    [InlineData("top_p", "1e-3")]
    [InlineData("user", "\"ü\\ud83d\\ude00\"")]
    [InlineData("verbosity", "\"high\"")]
    [InlineData("web_search_options", "{}")]
    [InlineData("chat_template_kwargs", """{"enable_thinking":true}""")]
    [InlineData("top_k", "40")]
    public void Every_documented_field_reaches_the_engine_unchanged(string field, string value)
    {
        var (request, hideUsage) = Validate($$"""{"model":"m","messages":[{"role":"user","content":"hi"}],"{{field}}":{{value}}}""");
        var given = JsonDocument.Parse(value).RootElement;
        JsonElement.DeepEquals(Body(request).GetProperty(field), given).ShouldBeTrue();
        hideUsage.ShouldBeFalse();
        (request.Method, request.Url).ShouldBe(("POST", Chat));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(""","stream_options":null""", true)]
    [InlineData(""","stream_options":{}""", true)]
    [InlineData(""","stream_options":{"include_usage":false,"include_obfuscation":true}""", true)]
    [InlineData(""","stream_options":{"include_usage":null}""", true)]
    [InlineData(""","stream_options":{"include_usage":true}""", false)]
    public void Stream_always_tells_its_usage_and_hides_it_from_callers_who_did_not_ask(string options, bool hidden)
    {
        var (request, hideUsage) = Validate($$"""{"model":"m","messages":[],"stream":true{{options}}}""");
        var rewritten = Body(request).GetProperty("stream_options");
        rewritten.GetProperty("include_usage").GetBoolean().ShouldBeTrue();
        rewritten.TryGetProperty("include_obfuscation", out _).ShouldBe(options.Contains("obfuscation", StringComparison.Ordinal));
        hideUsage.ShouldBe(hidden);
    }

    [Theory]
    [InlineData("", "the body is not valid JSON")]
    [InlineData("{", "the body is not valid JSON")]
    [InlineData("{} {}", "the body is not valid JSON")]
    [InlineData("[]", "the body is not a JSON object")]
    [InlineData("null", "the body is not a JSON object")]
    [InlineData("""{"messages":[]}""", "model name mismatch")]
    [InlineData("""{"model":"other","messages":[]}""", "model name mismatch")]
    [InlineData("""{"model":"M","messages":[]}""", "model name mismatch")]
    [InlineData("""{"model":["m"],"messages":[]}""", "model name mismatch")]
    [InlineData("""{"model":"m@commit","messages":[]}""", "model name mismatch")]
    [InlineData("""{"model":"m"}""", "'messages' is required")]
    [InlineData("""{"model":"m","prompt":"x"}""", "'messages' is required")]
    [InlineData("""{"model":"x","model":"m","messages":[]}""", "every name once")]
    [InlineData("""{"model":"m","messages":[{"role":"a","role":"b"}]}""", "every name once")]
    [InlineData("""{"model":"m","messages":[],"stream":true,"stream_options":{"a":1,"a":2}}""", "every name once")]
    [InlineData("""{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true,"include_usage":false}}""", "every name once")]
    [InlineData("""{"model":"\ud800","messages":[]}""", "valid Unicode")]
    [InlineData("""{"model":"m","messages":[],"stream":1}""", "'stream' must be true or false")]
    [InlineData("""{"model":"m","messages":[],"stream":"true"}""", "'stream' must be true or false")]
    [InlineData("""{"model":"m","messages":[],"stream":true,"stream_options":[]}""", "'stream_options' must be an object")]
    [InlineData("""{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":1}}""", "'include_usage' must be true or false")]
    [InlineData("""{"model":"m","messages":[],"max_tokens":-1}""", "'max_tokens' must be an integer of at least 0")]
    [InlineData("""{"model":"m","messages":[],"max_tokens":"5"}""", "'max_tokens' must be")]
    [InlineData("""{"model":"m","messages":[],"max_completion_tokens":1.5}""", "'max_completion_tokens' must be")]
    [InlineData("""{"model":"m","messages":[],"max_tokens":99999999999999999999}""", "'max_tokens' must be")]
    [InlineData("""{"model":"m","messages":[],"n":0}""", "'n' must be an integer of at least 1")]
    public void Body_that_cannot_be_routed_or_metered_is_refused(string body, string reason) =>
        Should.Throw<InvalidRequestException>(() => Validate(body)).Message.ShouldContain(reason);

    [Theory]
    [InlineData("GET", Chat)]
    [InlineData("post", Chat)]
    [InlineData("POST", "")]
    [InlineData("POST", "/")]
    [InlineData("POST", "/v1/models")]
    [InlineData("POST", "/v1/chat/completions/")]
    [InlineData("POST", "/v1/chat/completions?x=1")]
    [InlineData("POST", "/V1/chat/completions")]
    [InlineData("POST", "/v1/../v1/chat/completions")]
    [InlineData("POST", "http://elsewhere/v1/chat/completions")]
    public void Any_other_method_or_url_is_refused(string method, string url) =>
        Should.Throw<InvalidRequestException>(() => Validate("""{"model":"m","messages":[]}""", url, method)).Message.ShouldContain("unsupported method");

    [Fact]
    public void Completions_want_a_prompt()
    {
        Validate("""{"model":"m","prompt":["a"],"suffix":"b","best_of":2,"echo":true}""", "/v1/completions").Request.Url.ShouldBe("/v1/completions");
        Should.Throw<InvalidRequestException>(() => Validate("""{"model":"m","messages":[]}""", "/v1/completions")).Message.ShouldContain("'prompt' is required");
    }

    [Fact]
    public void Depth_is_bounded()
    {
        static string Nested(int depth) => $$"""{"model":"m","messages":{{new string('[', depth)}}{{new string(']', depth)}}}""";
        Validate(Nested(63)).Request.Body.Length.ShouldBePositive();
        Should.Throw<InvalidRequestException>(() => Validate(Nested(64))).Message.ShouldContain("at most 64 deep");
        Should.Throw<InvalidRequestException>(() => Validate(Nested(100_000))).Message.ShouldContain("at most 64 deep");
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused_and_never_quoted()
    {
        byte[] payload = [.. """{"model":"m","messages":[],"user":"secret"""u8, 0xff, 0xfe, .. "\"}"u8];
        byte[] name = [.. """{"model":"m","messages":[],"secret"""u8, 0xc3, 0x28, .. "\":1}"u8];
        foreach (var bytes in (byte[][])[payload, name])
        {
            try
            {
                // Either it is refused, or the engine gets valid text.
                Encoding.UTF8.GetString(RequestValidator.Validate(Query(bytes), "m").Request.Body.Span).ShouldNotContain('\ud800');
                JsonDocument.Parse(RequestValidator.Validate(Query(bytes), "m").Request.Body);
            }
            catch (InvalidRequestException exception)
            {
                exception.Message.ShouldNotContain("secret");
            }
        }
    }

    [Fact]
    public void What_is_no_http_request_is_refused()
    {
        Should.Throw<InvalidRequestException>(() => RequestValidator.Validate(new byte[] { 1, 2, 3, 4 }, "m")).Message.ShouldContain("not an http.request");
        Should.Throw<InvalidRequestException>(() => RequestValidator.Validate(ReadOnlyMemory<byte>.Empty, "m")).Message.ShouldContain("not an http.request");
    }

    [Fact]
    public void Only_headers_about_the_content_go_on()
    {
        var query = TlSerializer.Serialize(new HttpRequest(
            "POST", Chat, "HTTP/1.1",
            [new("Host", "h"), new("Authorization", "Bearer x"), new("Cookie", "c"), new("content-type", "application/json"), new("ACCEPT", "*/*"), new("Content-Length", "9")],
            """{"model":"m","messages":[]}"""u8.ToArray()));
        RequestValidator.Validate(query, "m").Request.Headers.Select(header => header.Key).ShouldBe(["content-type", "ACCEPT"]);
    }

    internal static byte[] Query(ReadOnlyMemory<byte> payload, string url = Chat, string method = "POST") =>
        TlSerializer.Serialize(new HttpRequest(method, url, "HTTP/1.1", [], payload));

    private static (EngineRequest Request, bool HideUsage) Validate(string body, string url = Chat, string method = "POST") =>
        RequestValidator.Validate(Query(Encoding.UTF8.GetBytes(body), url, method), "m");

    private static JsonElement Body(EngineRequest request) => JsonDocument.Parse(request.Body).RootElement;
}
