using System.Text;
using Cocoon.Worker.Requests;

namespace Cocoon.Worker.Tests.Requests;

public sealed class UsageEventFilterTests
{
    private const string Usage = """data: {"id":"a","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}""";
    private const string Text = """data: {"id":"a","choices":[{"delta":{"content":"hi"}}],"usage":null}""";

    public static TheoryData<string> LineEnds => new("\n", "\r\n", "\r");

    [Theory]
    [MemberData(nameof(LineEnds))]
    public void Usage_event_alone_is_taken_out_however_the_stream_is_cut(string end)
    {
        var before = $": comment{end}{end}{Text}{end}{end}event: x{end}id: 7{end}{Text}{end}{end}";
        var after = $"data: [DONE]{end}{end}";
        var bytes = Encoding.UTF8.GetBytes($"{before}{Usage}{end}{end}{after}");
        for (var size = 1; size <= bytes.Length; size++)
            Run(bytes, size).ShouldBe(before + after, $"parts of {size}");
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var filter = new UsageEventFilter();
            (Filter(filter, bytes.AsSpan(0, cut)) + Filter(filter, bytes.AsSpan(cut)) + Finish(filter)).ShouldBe(before + after, $"cut at {cut}");
        }
    }

    [Theory]
    [InlineData("""data: {"choices":[],"prompt_filter_results":[]}""")]
    [InlineData("""data: {"choices":[],"usage":null}""")]
    [InlineData("""data: {"choices":[{"index":0}],"usage":{"prompt_tokens":3}}""")]
    [InlineData("""data: {"usage":{"prompt_tokens":3}}""")]
    [InlineData("""data: {"choices":{},"usage":{}}""")]
    [InlineData("""data: {"choices":[],"usage":{}""")]
    [InlineData("""data: ["choices","usage"]""")]
    [InlineData(""": {"choices":[],"usage":{}}""")]
    [InlineData("""{"choices":[],"usage":{}}""")]
    [InlineData("""xdata: {"choices":[],"usage":{}}""")]
    [InlineData("data: \"usage\"")]
    public void Everything_else_passes_unchanged(string line)
    {
        var stream = $"{line}\n\n\n\n{line}\r\n\r\n\r\n{Text}\n\n";
        var bytes = Encoding.UTF8.GetBytes(stream);
        for (var size = 1; size <= 40; size++) Run(bytes, size).ShouldBe(stream);
    }

    [Theory]
    [InlineData("data: {\"choices\":[],\ndata: \"usage\":{}}\n\n")]
    [InlineData("event: usage\ndata:{\"usage\":{},\"choices\":[ ]}\n: c\n\n")]
    public void Usage_event_of_several_lines_is_taken_out(string stream) => Run(Encoding.UTF8.GetBytes(stream), 5).ShouldBe("");

    [Fact]
    public void Event_passes_as_soon_as_it_is_whole()
    {
        var filter = new UsageEventFilter();
        Filter(filter, Encoding.UTF8.GetBytes(Text + "\n")).ShouldBe("");
        Filter(filter, "\n"u8).ShouldBe(Text + "\n\n");
        Filter(filter, "data: x"u8).ShouldBe("");
        Finish(filter).ShouldBe("data: x");
    }

    [Fact]
    public void Stream_that_ends_within_a_usage_event_loses_nothing()
    {
        var bytes = Encoding.UTF8.GetBytes(Usage + "\n");
        Run(bytes, 7).ShouldBe(Usage + "\n");
    }

    [Fact]
    public void Event_too_long_to_be_a_usage_event_is_not_held_back()
    {
        var filter = new UsageEventFilter();
        var passed = Filter(filter, Encoding.UTF8.GetBytes("data: {\"choices\":[],\"usage\":{},\"x\":\"" + new string('y', 70_000)));
        passed.Length.ShouldBeGreaterThan(65_536);
        var more = Filter(filter, new byte[100_000]);
        more.Length.ShouldBe(100_000);
        Filter(filter, "\"}\n"u8).ShouldBe("\"}\n");
        Filter(filter, Encoding.UTF8.GetBytes($"\n{Usage}\n\n{Text}\n\n")).ShouldBe($"\n{Text}\n\n");
    }

    [Fact]
    public void Line_end_that_is_cut_in_two_goes_where_its_event_goes()
    {
        var filter = new UsageEventFilter();
        Filter(filter, Encoding.UTF8.GetBytes(Usage + "\r\n\r")).ShouldBe("");
        Filter(filter, Encoding.UTF8.GetBytes("\n" + Text + "\r\n\r")).ShouldBe(Text + "\r\n\r");
        Filter(filter, Encoding.UTF8.GetBytes("\n" + Usage + "\r\n\r\n")).ShouldBe("\n");
        Finish(filter).ShouldBe("");
    }

    private static string Run(byte[] bytes, int size)
    {
        var filter = new UsageEventFilter();
        var text = new StringBuilder();
        for (var at = 0; at < bytes.Length; at += size) text.Append(Filter(filter, bytes.AsSpan(at, Math.Min(size, bytes.Length - at))));
        return text.Append(Finish(filter)).ToString();
    }

    // Latin-1, so that characters cut in two compare byte by byte.
    private static string Filter(UsageEventFilter filter, ReadOnlySpan<byte> part) => Encoding.Latin1.GetString(filter.Filter(part).Span);

    private static string Finish(UsageEventFilter filter) => Encoding.Latin1.GetString(filter.Finish().Span);
}
