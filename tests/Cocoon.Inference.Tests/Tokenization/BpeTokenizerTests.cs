using System.Text;
using Cocoon.Inference.Tokenization;
using Cocoon.Trainer.Text;
using Cocoon.Trainer.Training;

namespace Cocoon.Inference.Tests.Tokenization;

public sealed class BpeTokenizerTests
{
    private const string Alphabet = "abc  \n\t'sétLL01?.é赤😀<|end|>\u0000\u200b";

    private static readonly (List<string> Tokens, List<string> Merges) Learned = BpeTrainer.Train(
        ["abc abcabc cab café café été 赤赤赤 isn't don't 1001 1001 a?? b??", "aaaa aaaa aaaa aaa"], Controls.Tokens, 330);

    private static readonly BpeTokenizer Tokenizer =
        new(Learned.Tokens, Learned.Merges, [.. Learned.Tokens.Select((_, id) => id < Controls.Tokens.Count)]);

    [Fact]
    public void Any_text_decodes_to_itself() => Property.Holds(500, random =>
    {
        var text = RandomText(random, 60);
        return Encoding.UTF8.GetString(Encode(text).SelectMany(token => Tokenizer.GetBytes(token).ToArray()).ToArray()) == text;
    });

    [Fact]
    public void Merges_are_those_of_a_slow_and_simple_implementation() => Property.Holds(300, random =>
    {
        var text = RandomText(random, 60);
        return Encode(text).SequenceEqual(SlowEncode(text));
    });

    [Fact]
    public void Half_a_surrogate_pair_becomes_the_replacement_character() =>
        Encode("a\ud800").SelectMany(token => Tokenizer.GetBytes(token).ToArray()).ShouldBe("a\ufffd"u8.ToArray());

    [Fact]
    public void Control_tokens_written_out_in_a_text_stay_text() =>
        Encode("<|end|>").ShouldAllBe(token => !Tokenizer.IsControl(token));

    [Fact]
    public void A_long_run_of_one_letter_is_not_quadratic()
    {
        // A scan for every merge would take hours for this many letters.
        var tokens = Encode(new string('a', 500_000));
        tokens.Sum(token => Tokenizer.GetBytes(token).Length).ShouldBe(500_000);
        tokens.Count.ShouldBeLessThan(250_001);
    }

    private static List<int> Encode(string text)
    {
        var tokens = new List<int>();
        Tokenizer.Encode(text, tokens);
        return tokens;
    }

    private static List<int> SlowEncode(string text)
    {
        var result = new List<int>();
        foreach (var piece in ByteLevel.Split(text))
        {
            var symbols = Encoding.UTF8.GetBytes(text.Substring(piece.Index, piece.Length))
                .Select(value => ByteLevel.ToCharacter(value).ToString()).ToList();
            while (true)
            {
                var best = Enumerable.Range(0, Math.Max(0, symbols.Count - 1))
                    .Select(i => (Rank: Learned.Merges.IndexOf($"{symbols[i]} {symbols[i + 1]}"), At: i))
                    .Where(pair => pair.Rank >= 0).DefaultIfEmpty((-1, -1)).Min();
                if (best.Item1 < 0)
                    break;
                symbols[best.Item2] += symbols[best.Item2 + 1];
                symbols.RemoveAt(best.Item2 + 1);
            }
            result.AddRange(symbols.Select(symbol => Learned.Tokens.IndexOf(symbol)));
        }
        return result;
    }

    private static string RandomText(TrainingRandom random, int limit)
    {
        var runes = Alphabet.EnumerateRunes().ToArray();
        var text = new StringBuilder();
        for (var i = random.Next(limit); i > 0; i--)
            text.Append(runes[random.Next(runes.Length)]);
        return text.ToString();
    }
}
