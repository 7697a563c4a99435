namespace Cocoon.Testing.Tl;

/// <summary>A field of a message.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type, without flag and vector.</param>
/// <param name="IsVector">Whether there is any number of values.</param>
/// <param name="Flag">The bit of the flags word that says whether it is there; -1 when it always is.</param>
public sealed record TlField(string Name, string Type, bool IsVector, int Flag)
{
    public string Text { get; } = $"{Name}:{(Flag < 0 ? "" : $"flags.{Flag}?")}{(IsVector ? "vector " : "")}{Type}";

    /// <summary>Reads <c>name:type</c>, <c>name:flags.N?type</c> or <c>name:(vector type)</c>.</summary>
    public static TlField Parse(string text)
    {
        var (name, type) = (text[..text.IndexOf(':')], text[(text.IndexOf(':') + 1)..]);
        var flag = -1;
        if (type.StartsWith("flags.", StringComparison.Ordinal))
        {
            flag = int.Parse(type[6..type.IndexOf('?')]);
            type = type[(type.IndexOf('?') + 1)..];
        }
        return type.StartsWith("(vector ", StringComparison.Ordinal)
            ? new TlField(name, type[8..^1], true, flag)
            : new TlField(name, type, false, flag);
    }
}
