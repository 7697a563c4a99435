namespace Cocoon.Inference.Builtin;

/// <summary>
/// Joins the bytes of tokens to text that may be sent: ends it before a stop sequence, and holds back the start of a possible one and
/// characters that are not complete.
/// </summary>
internal sealed class TextAssembler
{
    private IReadOnlyList<byte[]> _stops = [];
    private byte[] _buffer = new byte[1024];
    private int _length;
    private int _searchFrom;
    private int _sent;

    /// <summary>All text of the answer so far.</summary>
    public ReadOnlySpan<byte> Text => _buffer.AsSpan(0, _length);

    /// <summary>Starts a new answer.</summary>
    public void Start(IReadOnlyList<byte[]> stops)
    {
        Clear();
        _stops = stops;
    }

    /// <summary>Text that no stop sequence is looked for in.</summary>
    public void AppendEcho(ReadOnlySpan<byte> text)
    {
        Append(text);
        _searchFrom = _length;
    }

    /// <summary>Adds the bytes of a token.</summary>
    /// <returns>True when a stop sequence was found; the text ends before it.</returns>
    public bool AppendToken(ReadOnlySpan<byte> bytes)
    {
        var before = _length;
        Append(bytes);
        var first = -1;
        foreach (var stop in _stops)
        {
            var from = Math.Max(_searchFrom, before - stop.Length + 1);
            var at = _buffer.AsSpan(from, _length - from).IndexOf(stop);
            if (at >= 0 && (first < 0 || from + at < first))
                first = from + at;
        }
        if (first >= 0)
            _length = first;
        return first >= 0;
    }

    /// <summary>Takes the text that may be sent now; everything that is left when <paramref name="final"/>.</summary>
    public ReadOnlySpan<byte> Take(bool final)
    {
        var end = final ? _length : _length - Math.Max(PossibleStop(), IncompleteCharacter());
        var start = _sent;
        if (end <= start)
            return default;
        _sent = end;
        return _buffer.AsSpan(start, end - start);
    }

    /// <summary>Overwrites the text.</summary>
    public void Clear()
    {
        Array.Clear(_buffer);
        _length = _searchFrom = _sent = 0;
    }

    private int PossibleStop()
    {
        var longest = 0;
        foreach (var stop in _stops)
        {
            for (var length = Math.Min(stop.Length - 1, _length - _searchFrom); length > longest; length--)
            {
                if (_buffer.AsSpan(_length - length, length).SequenceEqual(stop.AsSpan(0, length)))
                    longest = length;
            }
        }
        return longest;
    }

    private int IncompleteCharacter()
    {
        for (var back = 1; back <= Math.Min(3, _length); back++)
        {
            var value = _buffer[_length - back];
            if (value < 0x80)
                return 0;
            if (value >= 0xc0)
                return (value >= 0xf0 ? 4 : value >= 0xe0 ? 3 : 2) > back ? back : 0;
        }
        return 0;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_buffer.Length < _length + bytes.Length)
        {
            var larger = new byte[2 * (_length + bytes.Length)];
            Text.CopyTo(larger);
            Array.Clear(_buffer);
            _buffer = larger;
        }
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }
}
