using System.Text.Json;

namespace Cocoon.Inference.Streaming;

/// <summary>
/// Watches the body of an answer go by and keeps the largest token counts of its <c>usage</c> objects. Understands a JSON document, JSON
/// documents one after another (NDJSON) and server-sent events, told apart by the first byte that is no white space. Holds back nothing:
/// it keeps at most one unfinished JSON token or event line. A body of another kind has no usage.
/// </summary>
public sealed class UsageTracker
{
    private const int MaxTokenBytes = 4 << 20;

    private readonly SseParser _events = new(MaxTokenBytes);
    private UsageReader _reader;
    private JsonReaderState _json = NewJson();
    private byte[] _rest = [];
    private int _restLength;
    private Kind _kind;

    private enum Kind : byte
    {
        Unknown, Json, Events, Other,
    }

    /// <summary>The largest counts so far.</summary>
    public TokenUsage Usage => _reader.Usage;

    /// <summary>Takes the next part of the body.</summary>
    /// <exception cref="EngineException">One JSON token or event exceeds 4 MiB.</exception>
    public void Append(ReadOnlySpan<byte> part)
    {
        if (_kind == Kind.Unknown)
        {
            var first = part.IndexOfAnyExcept(" \t\r\n"u8);
            if (first < 0)
                return;
            _kind = part[first] == '{' ? Kind.Json : Kind.Events;
        }
        if (_kind == Kind.Json)
        {
            ReadDocuments(part);
            return;
        }
        while (_kind == Kind.Events && _events.Read(ref part))
            ReadEvent();
    }

    /// <summary>Ends the body.</summary>
    public void Complete()
    {
        if (_kind == Kind.Events && _events.Finish())
            ReadEvent();
    }

    /// <summary>Overwrites what was kept of the body.</summary>
    public void Clear()
    {
        Array.Clear(_rest);
        _restLength = 0;
        _events.Clear();
        _kind = Kind.Other;
    }

    private static JsonReaderState NewJson() => new(new JsonReaderOptions { AllowMultipleValues = true, MaxDepth = 64 });

    private void ReadEvent()
    {
        if (_events.Data.IndexOf("\"usage\""u8) < 0)
            return;
        _reader.Restart();
        try
        {
            var reader = new Utf8JsonReader(_events.Data);
            while (reader.Read())
                _reader.Take(ref reader);
        }
        catch (JsonException)
        {
            // An event that is no JSON is passed on like any other; it just has no usage.
        }
    }

    private void ReadDocuments(ReadOnlySpan<byte> part)
    {
        if (_restLength > 0)
        {
            Keep(part, _restLength);
            part = _rest.AsSpan(0, _restLength);
        }
        int used;
        try
        {
            var reader = new Utf8JsonReader(part, isFinalBlock: false, _json);
            while (reader.Read())
                _reader.Take(ref reader);
            _json = reader.CurrentState;
            used = (int)reader.BytesConsumed;
        }
        catch (JsonException)
        {
            Clear();
            return;
        }
        part = part[used..];
        if (part.Length > 0)
            Keep(part, 0);
        _restLength = part.Length;
    }

    /// <summary>Copies bytes, which may lie in <see cref="_rest"/> already, to position <paramref name="at"/> of it.</summary>
    private void Keep(ReadOnlySpan<byte> bytes, int at)
    {
        var length = at + bytes.Length;
        if (length > MaxTokenBytes)
            throw new EngineException(EngineErrorCode.Protocol, $"A JSON token of the answer exceeds {MaxTokenBytes} bytes.");
        if (_rest.Length < length)
        {
            var larger = new byte[Math.Max(4096, 2 * length)];
            _rest.AsSpan(0, at).CopyTo(larger);
            bytes.CopyTo(larger.AsSpan(at));
            Array.Clear(_rest);
            _rest = larger;
        }
        else
        {
            bytes.CopyTo(_rest.AsSpan(at));
        }
        _restLength = length;
    }
}
