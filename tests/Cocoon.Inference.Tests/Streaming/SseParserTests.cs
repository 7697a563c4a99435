using System.Text;
using Cocoon.Inference.Streaming;
using Cocoon.Trainer.Training;

namespace Cocoon.Inference.Tests.Streaming;

public sealed class SseParserTests
{
    private static readonly string[] Pieces =
        ["data: a", "data:b", "data", "data:", "data:  c", ": comment", "event: x", "id: 1", "retry: 5", "databad: z", "other", "", "", "data: é赤"];

    private static readonly string[] Ends = ["\n", "\r", "\r\n"];

    [Theory]
    [InlineData("data: one\n\ndata: two\n\n", "one|two")]
    [InlineData("data: one\r\n\r\ndata: two\r\r", "one|two")]
    [InlineData("data: one\ndata: more\n\n", "one\nmore")]
    [InlineData(": ping\n\nevent: x\nid: 7\ndata:one\n\n\n\n", "one")]
    [InlineData("data\n\n", "")]
    [InlineData("data:  two spaces\n\n", " two spaces")]
    [InlineData("\uFEFFdata: after a mark\n\n", "after a mark")]
    [InlineData("data: without the last line end", "without the last line end")]
    [InlineData("data: without the blank line\n", "without the blank line")]
    public void Events_are_those_of_the_standard(string stream, string events) =>
        Parse(Encoding.UTF8.GetBytes(stream), bytes => bytes.Length).ShouldBe(events.Split('|'));

    [Fact]
    public void Any_cut_of_a_stream_gives_the_same_events_as_a_slow_parser() => Property.Holds(500, random =>
    {
        var stream = new StringBuilder();
        for (var i = random.Next(30); i >= 0; i--)
            stream.Append(Pieces[random.Next(Pieces.Length)]).Append(Ends[random.Next(Ends.Length)]);
        var text = stream.ToString();
        var bytes = Encoding.UTF8.GetBytes(text);
        return Parse(bytes, rest => 1 + random.Next(rest.Length)).SequenceEqual(SlowParse(text)) && Parse(bytes, _ => 1).SequenceEqual(SlowParse(text));
    });

    [Fact]
    public void A_line_or_an_event_over_the_bound_is_an_error()
    {
        Should.Throw<EngineException>(() => Parse(Encoding.UTF8.GetBytes("data: " + new string('x', 100)), _ => 7, 64)).Code
            .ShouldBe(EngineErrorCode.Protocol);
        var lines = string.Concat(Enumerable.Repeat("data: 0123456789\n", 10));
        Should.Throw<EngineException>(() => Parse(Encoding.UTF8.GetBytes(lines), _ => 7, 64));
    }

    [Fact]
    public void Parsing_allocates_nothing_once_the_buffers_have_grown()
    {
        var stream = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("data: {\"some\":\"text\"}\r\n\r\n", 50)));
        var parser = new SseParser();
        Count();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var count = Count();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        count.ShouldBe(50);

        int Count()
        {
            var count = 0;
            for (var at = 0; at < stream.Length; at += 100)
            {
                ReadOnlySpan<byte> part = stream.AsSpan(at, Math.Min(100, stream.Length - at));
                while (parser.Read(ref part))
                    count++;
            }
            return count;
        }
    }

    private static List<string> Parse(byte[] stream, Func<byte[], int> next, int bound = 1 << 16)
    {
        var parser = new SseParser(bound);
        var events = new List<string>();
        while (stream.Length > 0)
        {
            var count = next(stream);
            ReadOnlySpan<byte> part = stream.AsSpan(0, count);
            while (parser.Read(ref part))
                events.Add(Encoding.UTF8.GetString(parser.Data));
            stream = stream[count..];
        }
        if (parser.Finish())
            events.Add(Encoding.UTF8.GetString(parser.Data));
        return events;
    }

    private static List<string> SlowParse(string stream)
    {
        var events = new List<string>();
        var data = new List<string>();
        foreach (var line in stream.Replace("\r\n", "\n").Replace('\r', '\n').Split('\n').Append(""))
        {
            if (line.Length == 0)
            {
                if (data.Count > 0)
                    events.Add(string.Join('\n', data));
                data.Clear();
                continue;
            }
            var colon = line.IndexOf(':');
            var (name, value) = colon < 0 ? (line, "") : (line[..colon], line[(colon + 1)..]);
            if (name == "data")
                data.Add(value.StartsWith(' ') ? value[1..] : value);
        }
        return events;
    }
}
