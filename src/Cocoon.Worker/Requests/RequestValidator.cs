using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Inference;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;

namespace Cocoon.Worker.Requests;

/// <summary>
/// Decides which requests reach the engine, and makes a stream report its usage. Only the fields that routing and metering depend on are
/// checked; whatever else the OpenAI API has is the engine's business. Error texts never quote the request's content.
/// </summary>
internal static class RequestValidator
{
    private const int MaxJsonDepth = 64;
    private static readonly string[] ForwardedHeaders = ["Content-Type", "Accept"];

    /// <summary>The engine's request.</summary>
    /// <exception cref="InvalidRequestException">The request cannot be served; the message says which check failed.</exception>
    public static EngineRequest Validate(ReadOnlyMemory<byte> query, string model)
    {
        HttpRequest request;
        try
        {
            request = TlSerializer.Deserialize<HttpRequest>(query);
        }
        catch (TlFormatException exception)
        {
            throw new InvalidRequestException($"the query is not an http.request: {exception.Message}");
        }
        var slash = request.Url.IndexOf('/', StringComparison.Ordinal);
        var url = slash < 0 ? "" : request.Url[slash..];
        if (request.Method != "POST" || url is not ("/v1/chat/completions" or "/v1/completions"))
            throw new InvalidRequestException("unsupported method: wanted POST /v1/chat/completions or POST /v1/completions");
        var body = Rewrite(request.Payload, url == "/v1/chat/completions" ? "messages" : "prompt", model);
        var headers = request.Headers
            .Where(header => ForwardedHeaders.Contains(header.Name, StringComparer.OrdinalIgnoreCase))
            .Select(header => KeyValuePair.Create(header.Name, header.Value));
        return new EngineRequest("POST", url, [.. headers], body);
    }

    private static byte[] Rewrite(ReadOnlyMemory<byte> payload, string promptField, string model)
    {
        JsonObject body;
        try
        {
            body = JsonNode.Parse(payload.Span, documentOptions: new JsonDocumentOptions { MaxDepth = MaxJsonDepth }) as JsonObject
                ?? throw new InvalidRequestException("the body is not a JSON object");
            // Reading a member finds duplicate names, which the parser itself lets pass.
            _ = body.Count;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new InvalidRequestException("the body is not valid JSON");
        }
        if (body["model"] is not JsonValue value || !value.TryGetValue<string>(out var named) || named != model)
            throw new InvalidRequestException($"model name mismatch: this worker serves '{model}'");
        if (!body.ContainsKey(promptField))
            throw new InvalidRequestException($"'{promptField}' is required");
        foreach (var limit in (ReadOnlySpan<string>)["max_tokens", "max_completion_tokens", "n"])
        {
            if (body[limit] is { } given && !(given is JsonValue number && number.TryGetValue<long>(out var count) && count >= 0))
                throw new InvalidRequestException($"'{limit}' must be an integer of at least 0");
        }
        if (body["stream"] is JsonValue stream && stream.TryGetValue<bool>(out var streams) && streams)
        {
            if (body["stream_options"] is not JsonObject options)
                body["stream_options"] = options = [];
            options["include_usage"] = true;
        }
        return JsonSerializer.SerializeToUtf8Bytes(body);
    }
}
