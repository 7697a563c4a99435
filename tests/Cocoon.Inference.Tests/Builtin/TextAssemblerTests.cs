using System.Text;
using Cocoon.Inference.Builtin;

namespace Cocoon.Inference.Tests.Builtin;

public sealed class TextAssemblerTests
{
    [Fact]
    public void A_stop_sequence_over_several_tokens_ends_the_text_before_it()
    {
        var text = new TextAssembler();
        text.Start(["STOP"u8.ToArray()]);
        Append(text, "one S").ShouldBe("one ");
        Append(text, "TO").ShouldBe("");
        Append(text, "x").ShouldBe("STOx");
        Append(text, "ST").ShouldBe("");
        text.AppendToken("OP and more"u8).ShouldBeTrue();
        Encoding.UTF8.GetString(text.Text).ShouldBe("one STOx");
        text.Take(final: true).Length.ShouldBe(0);
    }

    [Fact]
    public void The_first_of_several_stop_sequences_counts()
    {
        var text = new TextAssembler();
        text.Start(["cd"u8.ToArray(), "bcde"u8.ToArray()]);
        text.AppendToken("abcdef"u8).ShouldBeTrue();
        Encoding.UTF8.GetString(text.Text).ShouldBe("a");
    }

    [Fact]
    public void Stop_sequences_in_an_echo_do_not_count()
    {
        var text = new TextAssembler();
        text.Start(["b"u8.ToArray()]);
        text.AppendEcho("abc"u8);
        text.AppendToken("d"u8).ShouldBeFalse();
        Encoding.UTF8.GetString(text.Take(final: true)).ShouldBe("abcd");
    }

    [Fact]
    public void Parts_of_any_size_join_to_the_text_up_to_the_first_stop_sequence() => Property.Holds(500, random =>
    {
        var letters = "abé赤😀".EnumerateRunes().ToArray();
        var whole = string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => letters[random.Next(letters.Length)].ToString()));
        byte[][] stops = [Encoding.UTF8.GetBytes("ab赤"), Encoding.UTF8.GetBytes("bb")];
        var ends = new[] { whole.IndexOf("ab赤", StringComparison.Ordinal), whole.IndexOf("bb", StringComparison.Ordinal) }.Where(at => at >= 0).ToArray();
        var expected = ends.Length > 0 ? whole[..ends.Min()] : whole;

        var text = new TextAssembler();
        text.Start(stops);
        var rest = Encoding.UTF8.GetBytes(whole);
        var sent = new StringBuilder();
        var stopped = false;
        while (rest.Length > 0 && !stopped)
        {
            // Up to two bytes a token, so that a token cannot hold a whole stop sequence and something before it is decided late.
            var count = Math.Min(rest.Length, 1 + random.Next(2));
            stopped = text.AppendToken(rest.AsSpan(0, count));
            rest = rest[count..];
            var part = Encoding.UTF8.GetString(text.Take(final: false));
            if (part.Contains('\ufffd'))
                return false;
            sent.Append(part);
        }
        sent.Append(Encoding.UTF8.GetString(text.Take(final: true)));
        return sent.ToString() == expected;
    });

    private static string Append(TextAssembler text, string token)
    {
        text.AppendToken(Encoding.UTF8.GetBytes(token)).ShouldBeFalse();
        return Encoding.UTF8.GetString(text.Take(final: false));
    }
}
