using System.Buffers;

namespace Cocoon.Client.Gateway.Debug;

/// <summary>
/// Puts the debug object into a stream of events, in an event of its own before the one that says <c>[DONE]</c>, or at the end when there is
/// none. Its event looks like the one that tells usage: official clients take an event whose <c>choices</c> are empty. Everything passes at
/// once but a line that may be the end.
/// </summary>
internal sealed class StreamInsertion(InferenceApi api) : IDebugInsertion
{
    private const int MaxHeldBytes = 64;
    private const byte Cr = (byte)'\r';
    private const byte Lf = (byte)'\n';

    private readonly ArrayBufferWriter<byte> _passing = new();
    private readonly ArrayBufferWriter<byte> _held = new();
    private bool _withinLine;

    public ReadOnlyMemory<byte> Take(ReadOnlyMemory<byte> part)
    {
        _passing.ResetWrittenCount();
        for (var rest = part.Span; !rest.IsEmpty;)
            rest = rest[(_withinLine ? PassLine(rest) : LookAt(rest[0]))..];
        return _passing.WrittenMemory;
    }

    public ReadOnlyMemory<byte> Finish(ReadOnlySpan<byte> debug)
    {
        var type = api == InferenceApi.ChatCompletions ? "chat.completion.chunk"u8 : "text_completion"u8;
        // The blank line first ends whatever event was cut off.
        return (byte[])[
            .. "\n\ndata: {\"object\":\""u8, .. type, .. "\",\"choices\":[],\"debug\":"u8, .. debug, .. "}\n\n"u8, .. _held.WrittenSpan];
    }

    private int PassLine(ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOfAny(Cr, Lf);
        _withinLine = end < 0;
        var line = rest[..(end < 0 ? rest.Length : end + 1)];
        _passing.Write(line);
        return line.Length;
    }

    private int LookAt(byte next)
    {
        _held.Write([next]);
        if (!IsOrBecomes(_held.WrittenSpan, "data: [DONE]"u8) && !IsOrBecomes(_held.WrittenSpan, "data:[DONE]"u8))
        {
            _passing.Write(_held.WrittenSpan);
            _held.ResetWrittenCount();
            _withinLine = next is not (Cr or Lf);
        }
        return 1;
    }

    // The end may be followed by blank lines.
    private static bool IsOrBecomes(ReadOnlySpan<byte> held, ReadOnlySpan<byte> end) =>
        held.Length <= end.Length ? end.StartsWith(held) : held.Length <= MaxHeldBytes && held.StartsWith(end) && !held[end.Length..].ContainsAnyExcept(Cr, Lf);
}
