using System.Text;
using Cocoon.Inference.Tokenization;

namespace Cocoon.Trainer.Text;

/// <summary>Learns a byte-level BPE vocabulary: control tokens, the 256 bytes, then the most frequent pairs.</summary>
public static class BpeTrainer
{
    /// <summary>Learns from texts until the vocabulary has <paramref name="size"/> tokens or no pair occurs twice.</summary>
    /// <returns>Token texts by id, and the merges by rank.</returns>
    public static (List<string> Tokens, List<string> Merges) Train(IEnumerable<string> texts, IReadOnlyList<string> controls, int size)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            foreach (var piece in ByteLevel.Split(text))
            {
                var word = text.Substring(piece.Index, piece.Length);
                counts[word] = counts.GetValueOrDefault(word) + 1;
            }
        }
        var tokens = new List<string>(controls);
        for (var value = 0; value < 256; value++)
            tokens.Add(ByteLevel.ToCharacter((byte)value).ToString());
        var words = counts.OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => (Symbols: Encoding.UTF8.GetBytes(entry.Key).Select(b => ByteLevel.ToCharacter(b).ToString()).ToList(), Count: entry.Value))
            .ToList();
        var merges = new List<string>();
        while (tokens.Count < size)
        {
            var pairs = new Dictionary<(string Left, string Right), int>();
            foreach (var (symbols, count) in words)
            {
                for (var i = 0; i + 1 < symbols.Count; i++)
                {
                    var pair = (symbols[i], symbols[i + 1]);
                    pairs[pair] = pairs.GetValueOrDefault(pair) + count;
                }
            }
            if (pairs.Count == 0)
                break;
            // Ties are broken by the text, so that the order of a dictionary decides nothing.
            var (best, often) = pairs.Aggregate((a, b) => Precedes(b, a) ? b : a);
            if (often < 2)
                break;
            var merged = best.Left + best.Right;
            foreach (var (symbols, _) in words)
            {
                for (var i = 0; i + 1 < symbols.Count; i++)
                {
                    if (symbols[i] == best.Left && symbols[i + 1] == best.Right)
                    {
                        symbols[i] = merged;
                        symbols.RemoveAt(i + 1);
                    }
                }
            }
            merges.Add($"{best.Left} {best.Right}");
            if (!tokens.Contains(merged))
                tokens.Add(merged);
        }
        return (tokens, merges);
    }

    private static bool Precedes(KeyValuePair<(string Left, string Right), int> a, KeyValuePair<(string Left, string Right), int> b)
    {
        if (a.Value != b.Value)
            return a.Value > b.Value;
        var order = string.CompareOrdinal(a.Key.Left, b.Key.Left);
        return order < 0 || order == 0 && string.CompareOrdinal(a.Key.Right, b.Key.Right) < 0;
    }
}
