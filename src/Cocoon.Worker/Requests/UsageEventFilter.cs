using System.Buffers;
using System.Text.Json;

namespace Cocoon.Worker.Requests;

/// <summary>
/// Takes the events out of a stream that tell nothing but usage (<c>choices</c> is empty), which a caller who did not ask for them does not
/// expect. Every other byte passes unchanged. At most one event is held back, and of one too long to be a usage event nothing more.
/// </summary>
internal sealed class UsageEventFilter
{
    private const int MaxEventBytes = 64 * 1024;
    private const byte Cr = (byte)'\r';
    private const byte Lf = (byte)'\n';

    private readonly ArrayBufferWriter<byte> _event = new();
    private readonly ArrayBufferWriter<byte> _passing = new();
    private bool _lineEmpty = true;
    private bool _afterCr;
    private bool _tooLong;
    private bool _dropped;

    /// <summary>Takes the next part of the stream and gives what may pass now; that is valid until the next call.</summary>
    public ReadOnlyMemory<byte> Filter(ReadOnlySpan<byte> part)
    {
        _passing.ResetWrittenCount();
        foreach (var value in part) Take(value);
        if (_tooLong)
            PassHeld();
        return _passing.WrittenMemory;
    }

    /// <summary>Ends the stream and gives what was held back of an event that never ended.</summary>
    public ReadOnlyMemory<byte> Finish()
    {
        _passing.ResetWrittenCount();
        PassHeld();
        return _passing.WrittenMemory;
    }

    private void Take(byte value)
    {
        // The second half of a line's end: when that line closed an event, it goes where the event went.
        if (value == Lf && _afterCr)
        {
            _afterCr = false;
            if (_event.WrittenCount > 0 || _tooLong)
                Hold(value);
            else if (!_dropped)
                _passing.Write([value]);
            return;
        }
        Hold(value);
        _afterCr = value == Cr;
        if (value is not (Cr or Lf))
        {
            _lineEmpty = false;
            return;
        }
        if (_lineEmpty)
            EndEvent();
        _lineEmpty = true;
    }

    private void Hold(byte value)
    {
        _event.Write([value]);
        if (_event.WrittenCount <= MaxEventBytes)
            return;
        _tooLong = true;
        PassHeld();
    }

    private void EndEvent()
    {
        _dropped = !_tooLong && TellsUsageOnly(_event.WrittenSpan);
        if (_dropped)
            _event.ResetWrittenCount();
        else
            PassHeld();
        _tooLong = false;
    }

    private void PassHeld()
    {
        _passing.Write(_event.WrittenSpan);
        _event.ResetWrittenCount();
    }

    private static bool TellsUsageOnly(ReadOnlySpan<byte> text)
    {
        if (text.IndexOf("\"usage\""u8) < 0)
            return false;
        var data = new ArrayBufferWriter<byte>(text.Length);
        foreach (var range in text.SplitAny(Cr, Lf))
        {
            if (text[range].StartsWith("data:"u8))
            {
                data.Write(text[range]["data:".Length..]);
                data.Write("\n"u8);
            }
        }
        try
        {
            using var document = JsonDocument.Parse(data.WrittenMemory);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("choices"u8, out var choices) && choices.ValueKind == JsonValueKind.Array && choices.GetArrayLength() == 0
                && root.TryGetProperty("usage"u8, out var usage) && usage.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
