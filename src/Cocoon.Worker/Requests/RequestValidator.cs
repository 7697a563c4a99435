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
    private static readonly JsonDocumentOptions Parsing = new() { MaxDepth = 64, AllowDuplicateProperties = false };
    private static readonly string[] ForwardedHeaders = ["Content-Type", "Accept"];

    /// <summary>The engine's request, and whether the usage event at the end of its stream is for this worker alone.</summary>
    /// <exception cref="InvalidRequestException">The request cannot be served; the message says which check failed.</exception>
    public static (EngineRequest Request, bool HideUsage) Validate(ReadOnlyMemory<byte> query, string model)
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
        var (body, hideUsage) = Rewrite(request.Payload, url == "/v1/chat/completions" ? "messages" : "prompt", model);
        var headers = request.Headers
            .Where(header => ForwardedHeaders.Contains(header.Name, StringComparer.OrdinalIgnoreCase))
            .Select(header => KeyValuePair.Create(header.Name, header.Value));
        return (new EngineRequest("POST", url, [.. headers], body), hideUsage);
    }

    private static (byte[] Body, bool HideUsage) Rewrite(ReadOnlyMemory<byte> payload, string promptField, string model)
    {
        try
        {
            var body = JsonNode.Parse(payload.Span, documentOptions: Parsing) as JsonObject ?? throw new InvalidRequestException("the body is not a JSON object");
            if (body["model"] is not JsonValue value || !value.TryGetValue<string>(out var named) || named != model)
                throw new InvalidRequestException($"model name mismatch: this worker serves '{model}'");
            if (!body.ContainsKey(promptField))
                throw new InvalidRequestException($"'{promptField}' is required");
            Limit(body, "max_tokens", 0);
            Limit(body, "max_completion_tokens", 0);
            Limit(body, "n", 1);
            // An engine that takes 1 or "true" for true would stream without telling its usage.
            if (Flag(body, "stream") is not true)
                return (JsonSerializer.SerializeToUtf8Bytes(body), false);
            if (body["stream_options"] is not null and not JsonObject)
                throw new InvalidRequestException("'stream_options' must be an object");
            var options = body["stream_options"] as JsonObject ?? [];
            var asked = Flag(options, "include_usage") is true;
            options["include_usage"] = true;
            if (options.Parent is null)
                body["stream_options"] = options;
            return (JsonSerializer.SerializeToUtf8Bytes(body), !asked);
        }
        // The parser leaves broken text in strings and names to whoever reads them.
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new InvalidRequestException("the body is not valid JSON: each object with every name once, at most 64 deep, all text valid Unicode");
        }
    }

    private static void Limit(JsonObject body, string name, long least)
    {
        if (body[name] is { } given && !(given is JsonValue number && number.TryGetValue<long>(out var count) && count >= least))
            throw new InvalidRequestException($"'{name}' must be an integer of at least {least}");
    }

    private static bool? Flag(JsonObject body, string name) => body[name] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
        _ => throw new InvalidRequestException($"'{name}' must be true or false"),
    };
}
