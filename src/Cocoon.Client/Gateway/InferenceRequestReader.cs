using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Cocoon.Client.Configuration;

namespace Cocoon.Client.Gateway;

/// <summary>
/// Reads the body of an inference request, takes out the fields that are meant for the gateway (<c>max_coefficient</c>, <c>timeout</c>,
/// <c>enable_debug</c>, <c>request_guid</c>) and writes the token limit that is reserved into what the worker gets, so that no answer can
/// outgrow its reservation unseen.
/// </summary>
internal static class InferenceRequestReader
{
    private const string MaxTokensName = "max_tokens";
    private const string MaxCompletionTokensName = "max_completion_tokens";
    private const double LongestTimeoutSeconds = 3600;

    // A name that stood twice could mean one model to the proxy and another to the worker.
    private static readonly JsonDocumentOptions Parsing = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    /// <exception cref="GatewayException">The body is not a JSON object, or a field the gateway reads has a value it cannot have.</exception>
    public static InferenceRequest Read(InferenceApi api, ReadOnlyMemory<byte> body, ClientOptions options)
    {
        try
        {
            return ReadDocument(api, body, options);
        }
        catch (InvalidOperationException)
        {
            // The escapes of a text are only looked at when it is read.
            throw Refused("The body has a text that is not Unicode (half of a surrogate pair). Send one JSON object in UTF-8.", null, "invalid_json");
        }
    }

    private static InferenceRequest ReadDocument(InferenceApi api, ReadOnlyMemory<byte> body, ClientOptions options)
    {
        using var document = Parse(body);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            throw Refused($"The body is a JSON {root.ValueKind.ToString().ToLowerInvariant()}, wanted an object.", null, "invalid_json");

        var model = ReadModel(root);
        var limit = ReadLimit(api, root, options, out var limitName);
        var maxTokens = (Int128)limit * Choices(root) * Prompts(root);
        if (maxTokens > int.MaxValue)
        {
            throw Refused(
                $"The field '{limitName}' times the number of choices and prompts is {maxTokens}, at most {int.MaxValue} can be reserved. Lower one of them.", limitName);
        }
        return new InferenceRequest(
            api,
            model,
            Rewrite(root, limitName, limit),
            (int)maxTokens,
            ReadWhole(root, "max_coefficient", 0) ?? options.MaxCoefficient,
            ReadTimeout(root) ?? TimeSpan.FromSeconds(options.DefaultTimeoutSeconds),
            ReadFlag(root, "enable_debug"));
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonDocument.Parse(body, Parsing);
        }
        catch (JsonException exception)
        {
            // The parser's own message may quote the body, which must not reach a log.
            var place = exception is { LineNumber: { } line, BytePositionInLine: { } column }
                ? string.Create(CultureInfo.InvariantCulture, $" at line {line + 1}, byte {column + 1}")
                : "";
            throw Refused($"The body is not valid JSON{place} (or names a field twice). Send one JSON object.", null, "invalid_json");
        }
    }

    private static string ReadModel(JsonElement root)
    {
        if (!root.TryGetProperty("model", out var element) || element.ValueKind != JsonValueKind.String || element.GetString() is not { Length: > 0 } model)
            throw Refused("The field 'model' is missing or not a text. Name one of GET /v1/models.", "model", "missing_required_parameter");
        if (model.Length > 512)
            throw Refused($"The field 'model' has {model.Length} characters, at most 512 are allowed.", "model");
        return model;
    }

    private static int ReadLimit(InferenceApi api, JsonElement root, ClientOptions options, out string name)
    {
        var least = api == InferenceApi.ChatCompletions ? 1 : 0;
        var maxTokens = ReadWhole(root, MaxTokensName, least);
        var maxCompletionTokens = ReadWhole(root, MaxCompletionTokensName, least);
        // Every validator and every server knows max_tokens; the newer name goes only where the caller used it and it exists.
        name = api == InferenceApi.ChatCompletions && maxCompletionTokens is not null ? MaxCompletionTokensName : MaxTokensName;
        return maxCompletionTokens ?? maxTokens ?? options.DefaultMaxTokens;
    }

    // Some servers know best_of in chats too.
    private static int Choices(JsonElement root) => Math.Max(ReadWhole(root, "n", 1) ?? 1, ReadWhole(root, "best_of", 1) ?? 1);

    // Each prompt of a list is answered for itself; a list of numbers is one prompt, given as tokens.
    private static int Prompts(JsonElement root) =>
        root.TryGetProperty("prompt", out var prompt) && prompt.ValueKind == JsonValueKind.Array
            ? Math.Max(1, prompt.EnumerateArray().Count(element => element.ValueKind != JsonValueKind.Number))
            : 1;

    private static int? ReadWhole(JsonElement root, string name, int least)
    {
        if (!root.TryGetProperty(name, out var element) || element.ValueKind == JsonValueKind.Null)
            return null;
        if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt32(out var value) || value < least)
            throw Refused($"The field '{name}' is {Show(element)}, wanted a whole number from {least} to {int.MaxValue}.", name);
        return value;
    }

    private static TimeSpan? ReadTimeout(JsonElement root)
    {
        if (!root.TryGetProperty("timeout", out var element) || element.ValueKind == JsonValueKind.Null)
            return null;
        if (element.ValueKind != JsonValueKind.Number || !element.TryGetDouble(out var seconds) || !(seconds > 0 && seconds <= LongestTimeoutSeconds))
            throw Refused($"The field 'timeout' is {Show(element)}, wanted seconds above 0 and up to {LongestTimeoutSeconds}.", "timeout");
        return TimeSpan.FromSeconds(seconds);
    }

    private static bool ReadFlag(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var element) || element.ValueKind == JsonValueKind.Null)
            return false;
        if (element.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            throw Refused($"The field '{name}' is {Show(element)}, wanted true or false.", name);
        return element.GetBoolean();
    }

    private static byte[] Rewrite(JsonElement root, string limitName, int limit)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true, MaxDepth = 64 });
        json.WriteStartObject();
        foreach (var property in root.EnumerateObject())
        {
            if (property.Name is MaxTokensName or MaxCompletionTokensName or "max_coefficient" or "timeout" or "enable_debug" or "request_guid")
                continue;
            json.WritePropertyName(property.Name);
            // Raw, so that numbers and texts reach the worker exactly as they were written.
            json.WriteRawValue(System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(property.Value), skipInputValidation: true);
        }
        json.WriteNumber(limitName, limit);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    // Numbers are told back because they cannot hold a prompt; anything else only by its kind.
    private static string Show(JsonElement element) =>
        element.ValueKind == JsonValueKind.Number && element.GetRawText() is { Length: <= 40 } text
            ? text
            : $"a JSON {element.ValueKind.ToString().ToLowerInvariant()}";

    private static GatewayException Refused(string message, string? param, string code = "invalid_value") => new(OpenAiError.Invalid(message, param, code));
}
