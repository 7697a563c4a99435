using System.Text.RegularExpressions;

namespace Cocoon.Inference.Tokenization;

/// <summary>The GPT-2 conventions of byte-level BPE: how text is cut into pieces and how a byte is written as a character.</summary>
public static partial class ByteLevel
{
    private static readonly char[] Characters = BuildCharacters();
    private static readonly Dictionary<char, byte> Bytes = BuildBytes();

    /// <summary>The printable character that stands for <paramref name="value"/> in a vocabulary.</summary>
    public static char ToCharacter(byte value) => Characters[value];

    /// <summary>The byte behind a vocabulary character; false when the character stands for none.</summary>
    public static bool TryToByte(char character, out byte value) => Bytes.TryGetValue(character, out value);

    /// <summary>Cuts text into pieces; no merge crosses the border of two pieces. The pieces joined are the text.</summary>
    public static Regex.ValueMatchEnumerator Split(ReadOnlySpan<char> text) => Piece().EnumerateMatches(text);

    [GeneratedRegex(@"'(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Piece();

    private static char[] BuildCharacters()
    {
        var characters = new char[256];
        var next = 256;
        for (var value = 0; value < characters.Length; value++)
        {
            var printable = value is >= '!' and <= '~' or >= 0xa1 and <= 0xac or >= 0xae;
            characters[value] = printable ? (char)value : (char)next++;
        }
        return characters;
    }

    private static Dictionary<char, byte> BuildBytes()
    {
        var bytes = new Dictionary<char, byte>(256);
        for (var value = 0; value < Characters.Length; value++)
            bytes.Add(Characters[value], (byte)value);
        return bytes;
    }
}
