using System.Text;
using System.Text.Json;
using Cocoon.Inference.Sampling;

namespace Cocoon.Inference.Builtin;

/// <summary>A request for chat or text completions, checked.</summary>
internal sealed class CompletionRequest
{
    private const int MaxStops = 4;
    private const int MaxStopBytes = 256;

    /// <summary>Members that would change the answer in a way that this engine cannot do.</summary>
    private static readonly string[] Unsupported =
        ["tools", "functions", "tool_choice", "function_call", "logit_bias", "logprobs", "top_logprobs", "audio", "suffix", "prediction"];

    private CompletionRequest(JsonElement root, bool chat, int maxChoices)
    {
        Chat = chat;
        Model = GetString(root, "model") ?? throw ApiException.Invalid("model", "'model' is required.");
        foreach (var name in Unsupported)
        {
            if (root.TryGetProperty(name, out var value) && !IsEmpty(value))
                throw ApiException.Invalid(name, $"'{name}' is not supported by this engine.", "unsupported_parameter");
        }
        if (Find(root, "response_format", JsonValueKind.Object) is { } format && GetString(format, "type") is { } type && type != "text")
            throw ApiException.Invalid("response_format", "This engine answers in text only.", "unsupported_parameter");
        if (chat)
            Messages = ReadMessages(root);
        else
            Prompts = ReadPrompts(root);
        Echo = !chat && GetBoolean(root, "echo");
        Stream = GetBoolean(root, "stream");
        IncludeUsage = Find(root, "stream_options", JsonValueKind.Object) is { } options && GetBoolean(options, "include_usage");
        MaxTokens = GetInteger(root, "max_completion_tokens", 1, int.MaxValue) ?? GetInteger(root, "max_tokens", 1, int.MaxValue);
        Choices = (int)(GetInteger(root, "n", 1, maxChoices) ?? 1);
        if (Choices * Math.Max(1, Prompts.Count) > maxChoices)
            throw ApiException.Invalid("n", $"The request asks for more than {maxChoices} answers.");
        if (GetInteger(root, "best_of", 1, 1000) is { } best && best != Choices)
            throw ApiException.Invalid("best_of", "'best_of' other than 'n' is not supported by this engine.", "unsupported_parameter");
        Seed = GetInteger(root, "seed", long.MinValue, long.MaxValue);
        Stops = ReadStops(root);
        Sampling = new SamplingOptions
        {
            Temperature = GetNumber(root, "temperature", 0, 2) ?? 1,
            TopP = GetNumber(root, "top_p", 0, 1) ?? 1,
            FrequencyPenalty = GetNumber(root, "frequency_penalty", -2, 2) ?? 0,
            PresencePenalty = GetNumber(root, "presence_penalty", -2, 2) ?? 0,
        };
    }

    public bool Chat { get; }

    public string Model { get; }

    public IReadOnlyList<(string Role, string Content)> Messages { get; } = [];

    public IReadOnlyList<string> Prompts { get; } = [];

    public bool Echo { get; }

    public bool Stream { get; }

    public bool IncludeUsage { get; }

    public long? MaxTokens { get; }

    public int Choices { get; }

    public long? Seed { get; }

    public IReadOnlyList<byte[]> Stops { get; }

    public SamplingOptions Sampling { get; }

    /// <summary>Parses and checks a body.</summary>
    /// <exception cref="ApiException">What is wrong with it.</exception>
    public static CompletionRequest Parse(ReadOnlyMemory<byte> body, bool chat, int maxChoices)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 32 });
        }
        catch (JsonException)
        {
            throw ApiException.Invalid(null, "The body is no valid JSON.");
        }
        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw ApiException.Invalid(null, "The body must be a JSON object.");
            try
            {
                return new CompletionRequest(document.RootElement, chat, maxChoices);
            }
            catch (InvalidOperationException)
            {
                // A JSON string may escape half of a surrogate pair, which is no text.
                throw ApiException.Invalid(null, "The body contains a string that is no valid Unicode text.");
            }
        }
    }

    private static List<(string Role, string Content)> ReadMessages(JsonElement root)
    {
        var array = Find(root, "messages", JsonValueKind.Array) ?? throw ApiException.Invalid("messages", "'messages' is required.");
        var messages = new List<(string, string)>();
        foreach (var message in array.EnumerateArray())
        {
            var at = $"messages[{messages.Count}]";
            if (message.ValueKind != JsonValueKind.Object)
                throw ApiException.Invalid(at, $"'{at}' must be an object.");
            var role = GetString(message, "role") switch
            {
                "system" or "developer" => "system",
                "user" => "user",
                "assistant" => "assistant",
                _ => throw ApiException.Invalid($"{at}.role", "The role must be 'system', 'developer', 'user' or 'assistant'."),
            };
            messages.Add((role, ReadContent(message, at)));
        }
        return messages.Count > 0 ? messages : throw ApiException.Invalid("messages", "'messages' must not be empty.");
    }

    private static string ReadContent(JsonElement message, string at)
    {
        if (message.TryGetProperty("content", out var content))
        {
            if (content.ValueKind == JsonValueKind.String)
                return content.GetString()!;
            if (content.ValueKind == JsonValueKind.Array)
            {
                var text = new StringBuilder();
                foreach (var part in content.EnumerateArray())
                {
                    if (part.ValueKind != JsonValueKind.Object || GetString(part, "type") != "text" || GetString(part, "text") is not { } piece)
                        throw ApiException.Invalid($"{at}.content", "This engine reads content parts of type 'text' only.");
                    text.Append(piece);
                }
                return text.ToString();
            }
        }
        throw ApiException.Invalid($"{at}.content", $"'{at}.content' must be a string or an array of text parts.");
    }

    private static List<string> ReadPrompts(JsonElement root)
    {
        if (!root.TryGetProperty("prompt", out var prompt))
            throw ApiException.Invalid("prompt", "'prompt' is required.");
        if (prompt.ValueKind == JsonValueKind.String)
            return [prompt.GetString()!];
        if (prompt.ValueKind == JsonValueKind.Array && prompt.GetArrayLength() > 0)
        {
            var prompts = new List<string>();
            foreach (var item in prompt.EnumerateArray())
                prompts.Add(item.ValueKind == JsonValueKind.String ? item.GetString()! : throw Wrong());
            return prompts;
        }
        throw Wrong();

        static ApiException Wrong() => ApiException.Invalid("prompt", "'prompt' must be a string or an array of strings.");
    }

    private static List<byte[]> ReadStops(JsonElement root)
    {
        var stops = new List<byte[]>();
        if (!root.TryGetProperty("stop", out var stop) || stop.ValueKind == JsonValueKind.Null)
            return stops;
        if (stop.ValueKind == JsonValueKind.String)
            Add(stop);
        else if (stop.ValueKind == JsonValueKind.Array && stop.GetArrayLength() <= MaxStops)
        {
            foreach (var item in stop.EnumerateArray())
                Add(item);
        }
        else
            throw ApiException.Invalid("stop", $"'stop' must be a string or an array of up to {MaxStops} strings.");
        return stops;

        void Add(JsonElement item)
        {
            if (item.ValueKind != JsonValueKind.String || Encoding.UTF8.GetBytes(item.GetString()!) is not { Length: > 0 and <= MaxStopBytes } bytes)
                throw ApiException.Invalid("stop", $"A stop sequence must be a string of 1 to {MaxStopBytes} bytes.");
            stops.Add(bytes);
        }
    }

    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().MoveNext(),
        JsonValueKind.String => value.GetString() is "" or "none" or "auto",
        JsonValueKind.Number => value.TryGetInt32(out var number) && number == 0,
        _ => false,
    };

    private static JsonElement? Find(JsonElement parent, string name, JsonValueKind kind)
    {
        if (!parent.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == kind ? value : throw ApiException.Invalid(name, $"'{name}' must be of type {kind}.");
    }

    private static string? GetString(JsonElement parent, string name) => Find(parent, name, JsonValueKind.String)?.GetString();

    private static bool GetBoolean(JsonElement parent, string name)
    {
        if (!parent.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return false;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw ApiException.Invalid(name, $"'{name}' must be true or false.");
    }

    private static long? GetInteger(JsonElement parent, string name, long min, long max)
    {
        if (Find(parent, name, JsonValueKind.Number) is not { } value)
            return null;
        return value.TryGetInt64(out var number) && number >= min && number <= max
            ? number
            : throw ApiException.Invalid(name, $"'{name}' must be an integer from {min} to {max}.");
    }

    private static double? GetNumber(JsonElement parent, string name, double min, double max)
    {
        if (Find(parent, name, JsonValueKind.Number) is not { } value)
            return null;
        return value.TryGetDouble(out var number) && number >= min && number <= max
            ? number
            : throw ApiException.Invalid(name, $"'{name}' must be a number from {min} to {max}.");
    }
}
