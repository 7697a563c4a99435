using System.Net;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cocoon.EndToEnd.Harness;

/// <summary>Calls a gateway over plain HTTP.</summary>
internal sealed class GatewayCaller(Uri gateway) : IDisposable
{
    public const string Chat = "/v1/chat/completions";
    public const string Completions = "/v1/completions";
    public const string Done = "[DONE]";

    private readonly HttpClient _http = new() { BaseAddress = gateway, Timeout = TimeSpan.FromSeconds(120) };

    public static object Question(bool stream = false, int maxTokens = 40, string text = "What is Cocoon?", bool usage = true)
    {
        var question = new Dictionary<string, object>
        {
            ["model"] = LocalNetworkFixture.Model,
            ["stream"] = stream,
            ["max_tokens"] = maxTokens,
            ["temperature"] = 0,
            ["messages"] = new[] { new { role = "user", content = text } },
        };
        if (stream && usage)
            question["stream_options"] = new { include_usage = true };
        return question;
    }

    /// <summary>How many tokens an answer says it took.</summary>
    public static long Tokens(JsonNode answer) =>
        answer["usage"]!["prompt_tokens"]!.GetValue<long>() + answer["usage"]!["completion_tokens"]!.GetValue<long>();

    public void Dispose() => _http.Dispose();

    public Task<HttpResponseMessage> GetAsync(string path) => _http.GetAsync(new Uri(path, UriKind.Relative));

    public Task<HttpResponseMessage> PostAsync(string path, object body) => SendAsync(HttpMethod.Post, path, JsonSerializer.Serialize(body));

    /// <summary>Sends a request; ends when the response's head is there.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string body)
    {
        var request = new HttpRequestMessage(method, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        // Nobody sends what is refused unread.
        request.Headers.ExpectContinue = body.Length > 1 << 20;
        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>Asks for an answer in one piece, which must come.</summary>
    public async Task<JsonObject> AskAsync(string path, object body)
    {
        using var response = await PostAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return JsonNode.Parse(text)!.AsObject();
    }

    /// <summary>Asks and gives the answer's own word on its tokens.</summary>
    public async Task<long> AskForTokensAsync() => Tokens(await AskAsync(Chat, Question()));

    /// <summary>The data of each event of a streamed response, as it comes.</summary>
    public static async IAsyncEnumerable<string> EventsAsync(
        HttpResponseMessage response, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellationToken)) yield return item.Data;
    }

    /// <summary>The error object of a response, checked for OpenAI's shape.</summary>
    public static async Task<JsonObject> ErrorAsync(HttpResponseMessage response)
    {
        response.Content.Headers.ContentType?.MediaType.ShouldBe("application/json");
        return Error(await response.Content.ReadAsStringAsync());
    }

    public static JsonObject Error(string json)
    {
        var error = JsonNode.Parse(json)!["error"]!.AsObject();
        error.Select(member => member.Key).ShouldBe(["message", "type", "param", "code"], ignoreOrder: true);
        error["message"]!.GetValue<string>().ShouldNotBeNullOrWhiteSpace();
        error["type"]!.GetValue<string>().ShouldNotBeNullOrWhiteSpace();
        return error;
    }
}
