namespace Cocoon.Inference.Streaming;

/// <summary>
/// Parses server-sent events (WHATWG HTML, "Interpreting an event stream") from parts of any size without allocating once its buffers
/// have grown. Lines end with CR, LF or CRLF; data of several lines is joined with LF; comments, ids and retry times are skipped.
/// </summary>
public sealed class SseParser
{
    private const byte CarriageReturn = (byte)'\r';
    private const byte LineFeed = (byte)'\n';

    private readonly int _maxEventBytes;
    private byte[] _line = [];
    private int _lineLength;
    private byte[] _data = [];
    private int _dataLength;
    private int _dataLines;
    private bool _skipLineFeed;
    private bool _dispatched;
    private bool _started;

    /// <summary>Creates a parser.</summary>
    /// <param name="maxEventBytes">Bound on one line and on the data of one event, in bytes.</param>
    public SseParser(int maxEventBytes = 4 << 20)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxEventBytes, 16);
        _maxEventBytes = maxEventBytes;
    }

    /// <summary>Data of the event that <see cref="Read"/> or <see cref="Finish"/> completed; valid until the next call.</summary>
    public ReadOnlySpan<byte> Data => _data.AsSpan(0, _dataLength);

    /// <summary>Takes bytes off <paramref name="input"/> until an event is complete (true) or the input is used up (false).</summary>
    /// <exception cref="EngineException">A line or an event exceeds the bound.</exception>
    public bool Read(ref ReadOnlySpan<byte> input)
    {
        ForgetEvent();
        while (!input.IsEmpty)
        {
            if (_skipLineFeed)
            {
                _skipLineFeed = false;
                if (input[0] == LineFeed)
                {
                    input = input[1..];
                    continue;
                }
            }
            var end = input.IndexOfAny(CarriageReturn, LineFeed);
            if (end < 0)
            {
                Append(ref _line, ref _lineLength, input);
                input = default;
                return false;
            }
            _skipLineFeed = input[end] == CarriageReturn;
            var line = input[..end];
            input = input[(end + 1)..];
            if (_lineLength > 0)
            {
                Append(ref _line, ref _lineLength, line);
                line = _line.AsSpan(0, _lineLength);
                _lineLength = 0;
            }
            if (TakeLine(line))
                return true;
        }
        return false;
    }

    /// <summary>
    /// Ends the stream. The standard drops an event without its blank line; servers that forget the last one are common, so it counts here.
    /// </summary>
    /// <returns>Whether there was one more event.</returns>
    public bool Finish()
    {
        ForgetEvent();
        if (_lineLength > 0)
        {
            var line = _line.AsSpan(0, _lineLength);
            _lineLength = 0;
            TakeLine(line);
        }
        return TakeLine(default);
    }

    /// <summary>Overwrites everything that was read.</summary>
    public void Clear()
    {
        Array.Clear(_line);
        Array.Clear(_data);
        _lineLength = _dataLength = _dataLines = 0;
        _skipLineFeed = _dispatched = _started = false;
    }

    private void ForgetEvent()
    {
        if (!_dispatched)
            return;
        _dispatched = false;
        _dataLength = _dataLines = 0;
    }

    private bool TakeLine(ReadOnlySpan<byte> line)
    {
        if (!_started)
        {
            _started = true;
            if (line.StartsWith("\uFEFF"u8))
                line = line[3..];
        }
        if (line.IsEmpty)
            return _dispatched = _dataLines > 0;
        if (!line.StartsWith("data"u8))
            return false;
        line = line[4..];
        if (!line.IsEmpty)
        {
            if (line[0] != ':')
                return false;
            line = line[1..];
            if (!line.IsEmpty && line[0] == ' ')
                line = line[1..];
        }
        if (_dataLines++ > 0)
            Append(ref _data, ref _dataLength, "\n"u8);
        Append(ref _data, ref _dataLength, line);
        return false;
    }

    private void Append(ref byte[] buffer, ref int length, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _maxEventBytes - length)
            throw new EngineException(EngineErrorCode.Protocol, $"A line or an event of the stream exceeds {_maxEventBytes} bytes.");
        if (buffer.Length < length + bytes.Length)
        {
            var larger = new byte[Math.Min(_maxEventBytes, Math.Max(1024, 2 * (length + bytes.Length)))];
            buffer.AsSpan(0, length).CopyTo(larger);
            Array.Clear(buffer);
            buffer = larger;
        }
        bytes.CopyTo(buffer.AsSpan(length));
        length += bytes.Length;
    }
}
