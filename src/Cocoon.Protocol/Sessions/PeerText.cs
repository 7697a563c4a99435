namespace Cocoon.Protocol.Sessions;

/// <summary>Makes text that a peer wrote, or that a peer is sent, fit for people.</summary>
public static class PeerText
{
    private const int MaxLength = 300;

    /// <summary>The text on one line, at most 300 characters of it and "…" in the place of the rest.</summary>
    public static string Clean(string text) => Printable(Shorten(text, MaxLength));

    /// <summary>At most so many characters, and "…" in the place of the rest.</summary>
    public static string Shorten(string text, int length)
    {
        var cut = Cut(text, length);
        return cut.Length == text.Length ? text : cut + "…";
    }

    /// <summary>At most so many characters; one fewer where half of a surrogate pair would be left, which is no text.</summary>
    public static string Cut(string text, int length)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length <= length ? text : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
    }

    /// <summary>The text with spaces for control characters.</summary>
    public static string Printable(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return string.Create(text.Length, text, static (target, source) =>
        {
            for (var i = 0; i < target.Length; i++) target[i] = char.IsControl(source[i]) ? ' ' : source[i];
        });
    }
}
