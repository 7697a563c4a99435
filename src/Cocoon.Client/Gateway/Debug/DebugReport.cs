using System.Buffers;
using System.Text.Json;
using Cocoon.Client.Proxies;
using Cocoon.Node.Admin;
using Cocoon.Protocol.Messages;

namespace Cocoon.Client.Gateway.Debug;

/// <summary>What the hops of a request say of their work, for a caller who set <c>enable_debug</c>.</summary>
/// <param name="startTime">When the gateway took the request, Unix seconds.</param>
internal sealed class DebugReport(double startTime)
{
    private const int MaxPeerText = 16 * 1024;
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = 16 };
    private static readonly JsonWriterOptions Writing = new() { Encoder = NodeJson.Options.Encoder };

    /// <summary>When the first message of the answer came, Unix seconds.</summary>
    public double? AnswerStart { get; set; }

    /// <summary>How the object gets into an answer with these headers, or null when there is no place for it.</summary>
    public static IDebugInsertion? Insertion(InferenceApi api, IReadOnlyList<HttpHeader> headers, int maxHeldBytes)
    {
        var type = GatewayHeaders.Find(headers, "Content-Type") ?? "";
        return GatewayHeaders.Find(headers, "Content-Encoding") is not null ? null
            : type.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) ? new StreamInsertion(api)
            : type.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) ? new DocumentInsertion(maxHeldBytes)
            : null;
    }

    /// <summary>The object, on one line. A peer's text is its own JSON if it is any, else quoted, and left out when it is too long.</summary>
    /// <param name="last">The last message of the answer.</param>
    /// <param name="now">Unix seconds.</param>
    public ReadOnlySpan<byte> Build(ProxyAnswer last, double now)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Writing);
        json.WriteStartObject();
        WritePeer(json, "proxy", last.ProxyDebug);
        WritePeer(json, "worker", last.WorkerDebug);
        json.WriteStartObject("client");
        json.WriteString("type", "client_stats");
        json.WriteNumber("start_time", startTime);
        json.WriteNumber("answer_receive_start_at", AnswerStart ?? now);
        json.WriteNumber("answer_receive_end_at", now);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan;
    }

    private static void WritePeer(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not { Length: > 0 and <= MaxPeerText })
            return;
        json.WritePropertyName(name);
        if (Normalise(text) is { } value)
            json.WriteRawValue(value.Span, skipInputValidation: true);
        else
            json.WriteStringValue(text);
    }

    // Written anew, so that it holds no line break that would end an event, and nothing the parser only looks at when it is asked for.
    private static ReadOnlyMemory<byte>? Normalise(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Reading);
            var buffer = new ArrayBufferWriter<byte>();
            using (var json = new Utf8JsonWriter(buffer, Writing)) document.RootElement.WriteTo(json);
            return buffer.WrittenMemory;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }
}
