using System.Text;
using Cocoon.Inference.Streaming;

namespace Cocoon.Inference.Tests.Streaming;

public sealed class UsageTrackerTests
{
    private const string Usage =
        """{"prompt_tokens":11,"completion_tokens":22,"total_tokens":33,"prompt_tokens_details":{"cached_tokens":4,"audio_tokens":9},"completion_tokens_details":{"reasoning_tokens":5}}""";

    private static readonly TokenUsage Expected = new(11, 4, 22, 5);

    public static TheoryData<string, TokenUsage> Bodies() => new()
    {
        { $$$"""{"id":"x","choices":[{"message":{"content":"usage {\"usage\":{\"prompt_tokens\":99}}"}}],"usage":{{{Usage}}}}""", Expected },
        { $"data: {{\"choices\":[],\"usage\":null}}\n\ndata: {{\"choices\":[],\"usage\":{Usage}}}\n\ndata: [DONE]\n\n", Expected },
        { $"data: {{\"usage\":{Usage}}}", Expected },
        { $"\r\n : ping\r\n\r\ndata: {{\"choices\":[],\r\ndata: \"usage\":{Usage}}}\r\n\r\n", Expected },
        { $"{{\"delta\":\"a\"}}\n{{\"usage\":{Usage}}}\n{{\"delta\":\"b\"}}\n", Expected },
        { """{"usage":{"prompt_tokens":5,"reasoning_tokens":7}} {"usage":{"prompt_tokens":3,"completion_tokens":9}}""", new TokenUsage(5, 0, 9, 7) },
        { """{"usage":{"prompt_tokens":-5,"completion_tokens":2.5,"reasoning_tokens":"7","prompt_tokens_details":null}}""", default },
        { """{"x":{"usage":{"prompt_tokens":5}},"usage":[{"prompt_tokens":5}],"prompt_tokens":5}""", default },
        { """{"usage":{"x":{"prompt_tokens":5,"cached_tokens":5},"completion_tokens":1}}""", new TokenUsage(0, 0, 1, 0) },
        { """{"usage":{"completion_tokens":99999999999999999999}}""", default },
        { """{"usage":{"completion_tokens":3}} and no JSON {"usage":{"completion_tokens":4}}""", new TokenUsage(0, 0, 3, 0) },
        { "data: {\"usage\":{\"prompt_tokens\":1\n\ndata: {\"usage\":{\"prompt_tokens\":2}}\n\n", new TokenUsage(2, 0, 0, 0) },
        { "<html>usage</html>", default },
        { "", default },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public void Counts_are_found_however_the_body_is_cut(string body, TokenUsage expected)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        Track(bytes, _ => bytes.Length).ShouldBe(expected);
        Track(bytes, _ => 1).ShouldBe(expected);
        Property.Holds(100, random => Track(bytes, rest => 1 + random.Next(rest)) == expected);
    }

    [Fact]
    public void An_endless_string_is_refused()
    {
        var tracker = new UsageTracker();
        tracker.Append("{\"text\":\""u8);
        var part = new byte[1 << 20];
        Array.Fill(part, (byte)'x');
        Should.Throw<EngineException>(() =>
        {
            for (var i = 0; i < 5; i++)
                tracker.Append(part);
        }).Code.ShouldBe(EngineErrorCode.Protocol);
    }

    [Fact]
    public void Events_without_usage_allocate_nothing()
    {
        var tracker = new UsageTracker();
        var part = "data: {\"choices\":[{\"delta\":{\"content\":\"word\"}}]}\n\n"u8.ToArray();
        tracker.Append(part);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            tracker.Append(part);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static TokenUsage Track(byte[] body, Func<int, int> next)
    {
        var tracker = new UsageTracker();
        for (var at = 0; at < body.Length;)
        {
            var count = next(body.Length - at);
            tracker.Append(body.AsSpan(at, count));
            at += count;
        }
        tracker.Complete();
        return tracker.Usage;
    }
}
