using System.Text;

namespace Cocoon.Testing.Tl;

/// <summary>Makes messages with any contents, by the schema.</summary>
/// <param name="random">Decides everything, so that a seed repeats it.</param>
/// <param name="longest">The most bytes of one text or byte string.</param>
public sealed class TlSampler(SeededRandom random, int longest = 12)
{
    private static readonly string[] Letters = ["a", "Z", " ", "/", "ü", "世", "🙂", "\"", "0"];

    private static readonly long[] Extremes = [0, 1, -1, int.MaxValue, int.MinValue, long.MaxValue, long.MinValue, 1L << 31, uint.MaxValue];

    public TlValue Next(TlDeclaration declaration)
    {
        var values = new object?[declaration.Fields.Count];
        var flags = (uint)random.Bits();
        for (var i = 0; i < values.Length; i++)
        {
            var field = declaration.Fields[i];
            if (field.Flag >= 0 && (flags >> field.Flag & 1) == 0) continue;
            values[i] = field.IsVector ? Enumerable.Range(0, random.Next(3)).Select(_ => Value(field.Type)).ToList() : Value(field.Type);
        }
        return new TlValue(declaration, values);
    }

    private object? Value(string type) => type switch
    {
        "#" => 0u,
        "int" => (int)Number(),
        "long" => Number(),
        "double" => random.Next(4) == 0 ? BitConverter.Int64BitsToDouble(Number()) : random.Next(1_000_000) / 7.0,
        "Bool" => random.Next(2) == 0,
        "int256" => random.Bytes(32),
        "bytes" => random.Bytes(random.Next(longest + 1)),
        "string" => Text(random.Next(longest + 1)),
        _ => Next(TlSchema.IsBare(type) ? TlSchema.Named(type) : random.Pick(TlSchema.ConstructorsOf(type))),
    };

    private long Number() => random.Next(4) switch
    {
        0 => (long)random.Bits(),
        1 => random.Pick(Extremes),
        _ => random.Next(10_000),
    };

    private string Text(int most)
    {
        var text = new StringBuilder();
        for (var size = 0; ;)
        {
            var letter = random.Pick(Letters);
            size += Encoding.UTF8.GetByteCount(letter);
            if (size > most) return text.ToString();
            text.Append(letter);
        }
    }
}
