namespace Cocoon.Client.Proxies;

/// <summary>Makes a peer's text fit for people: bounded, on one line.</summary>
internal static class PeerText
{
    private const int MaxLength = 300;

    public static string Clean(string text)
    {
        // Half of a surrogate pair is no text.
        var length = text.Length <= MaxLength ? text.Length : char.IsHighSurrogate(text[MaxLength - 1]) ? MaxLength - 1 : MaxLength;
        var cut = length == text.Length ? text : text[..length] + "…";
        return string.Create(cut.Length, cut, static (target, source) =>
        {
            for (var i = 0; i < target.Length; i++) target[i] = char.IsControl(source[i]) ? ' ' : source[i];
        });
    }
}
