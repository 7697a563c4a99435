using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cocoon.Cli.Story;

/// <summary>Asks an OpenAI-compatible gateway, as any application would.</summary>
internal sealed class GatewayChat(HttpClient http, string url, string model)
{
    /// <summary>What the header of the newest answer says of the evidence behind it; null before the first, or when it says nothing.</summary>
    public string? Evidence { get; private set; }

    /// <summary>The answer in one piece.</summary>
    public async Task<string> AskAsync(IReadOnlyList<(string Role, string Content)> messages, CancellationToken cancellationToken)
    {
        using var response = await PostAsync(messages, stream: false, cancellationToken).ConfigureAwait(false);
        var answer = await response.Content.ReadFromJsonAsync<JsonObject>(cancellationToken).ConfigureAwait(false);
        return answer?["choices"]?[0]?["message"]?["content"]?.GetValue<string>() ?? throw new IOException("The gateway's answer has no message.");
    }

    /// <summary>The answer as it is produced, piece by piece.</summary>
    /// <exception cref="IOException">The gateway answered with an error, or the stream broke off.</exception>
    public async IAsyncEnumerable<string> StreamAsync(
        IReadOnlyList<(string Role, string Content)> messages, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await PostAsync(messages, stream: true, cancellationToken).ConfigureAwait(false);
        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            await foreach (var item in SseParser.Create(body).EnumerateAsync(cancellationToken).ConfigureAwait(false))
            {
                if (item.Data == "[DONE]")
                    yield break;
                var chunk = JsonNode.Parse(item.Data);
                if (chunk?["error"]?["message"] is { } error)
                    throw new IOException(error.GetValue<string>());
                if (chunk?["choices"] is JsonArray { Count: > 0 } choices && choices[0]?["delta"]?["content"]?.GetValue<string>() is { Length: > 0 } text)
                    yield return text;
            }
        }
        throw new IOException("The stream ended before [DONE].");
    }

    private async Task<HttpResponseMessage> PostAsync(IReadOnlyList<(string Role, string Content)> messages, bool stream, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.Serialize(new
        {
            model,
            stream,
            max_tokens = 120,
            temperature = 0,
            messages = messages.Select(message => new { role = message.Role, content = message.Content }),
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, url + "/v1/chat/completions")
        {
            Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
        };
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
        {
            Evidence = response.Headers.TryGetValues("X-Cocoon-Evidence", out var values) ? string.Join(", ", values) : null;
            return response;
        }
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            throw new IOException($"The gateway answered {(int)response.StatusCode}: {Message(text)}");
        }
    }

    private static string Message(string text)
    {
        try
        {
            return JsonNode.Parse(text)?["error"]?["message"]?.GetValue<string>() ?? text;
        }
        catch (JsonException)
        {
            return text;
        }
    }
}
