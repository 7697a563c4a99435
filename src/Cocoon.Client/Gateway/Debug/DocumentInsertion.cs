using System.Buffers;
using System.Text.Json;

namespace Cocoon.Client.Gateway.Debug;

/// <summary>
/// Makes the debug object the last member of an answer that is one JSON object. It holds the answer back up to a number of bytes; a longer one,
/// and one that is no JSON object, passes unchanged.
/// </summary>
internal sealed class DocumentInsertion(int maxBytes) : IDebugInsertion
{
    private static readonly JsonReaderOptions Reading = new() { MaxDepth = 64 };

    private ArrayBufferWriter<byte>? _held = new();

    public ReadOnlyMemory<byte> Take(ReadOnlyMemory<byte> part)
    {
        if (_held is not { } held)
            return part;
        held.Write(part.Span);
        if (held.WrittenCount <= maxBytes)
            return default;
        _held = null;
        return held.WrittenMemory;
    }

    public ReadOnlyMemory<byte> Finish(ReadOnlySpan<byte> debug)
    {
        if (_held is not { } held)
            return default;
        var document = held.WrittenMemory;
        if (!HasPlace(document.Span, out var isEmpty))
            return document;
        var end = document.Span.LastIndexOf((byte)'}');
        return (byte[])[.. document.Span[..end], .. isEmpty ? ""u8 : ","u8, .. "\"debug\":"u8, .. debug, .. document.Span[end..]];
    }

    // One object, and none of its members has the name already.
    private static bool HasPlace(ReadOnlySpan<byte> document, out bool isEmpty)
    {
        isEmpty = true;
        try
        {
            var reader = new Utf8JsonReader(document, Reading);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return false;
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
                    continue;
                isEmpty = false;
                if (reader.ValueTextEquals("debug"u8))
                    return false;
            }
            return true;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
