using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Cocoon.Attestation.Policies;

/// <summary>
/// An object of a policy file. Every key that is known is asked for, whether it is there or not; what is left over is unknown, and refused. All errors name the
/// file, the key, what was found and what was wanted.
/// </summary>
internal sealed class PolicyObject
{
    private const int ShownCharacters = 80;
    private readonly string _file;
    private readonly string _path;
    private readonly Dictionary<string, JsonElement> _members = [];
    private readonly List<string> _known = [];

    public PolicyObject(string file, string path, JsonElement element)
    {
        (_file, _path) = (file, path);
        if (element.ValueKind != JsonValueKind.Object) throw Refuse(path, Show(element), "an object");
        foreach (var member in element.EnumerateObject())
        {
            if (!_members.TryAdd(member.Name, member.Value)) throw Refuse(PathOf(member.Name), "the key twice", "it once");
        }
    }

    /// <summary>Refuses keys that nobody asked for.</summary>
    public void RequireNoOther()
    {
        if (_members.Keys.FirstOrDefault(key => !_known.Contains(key)) is { } unknown)
            throw Refuse(PathOf(unknown), "a key that is not known here", $"one of {string.Join(", ", _known)}");
    }

    public PolicyObject? Object(string key) => Find(key) is { } value ? new PolicyObject(_file, PathOf(key), value) : null;

    /// <summary>An object in a list.</summary>
    public PolicyObject Item(string path, JsonElement value) => new(_file, path, value);

    public bool Flag(string key, bool otherwise) => Find(key) switch
    {
        null => otherwise,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } value => throw Refuse(PathOf(key), Show(value), "true or false"),
    };

    public long? Number(string key, long min, long max)
    {
        if (Find(key) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= min && number <= max
            ? number
            : throw Refuse(PathOf(key), Show(value), string.Create(CultureInfo.InvariantCulture, $"a whole number of {min} to {max}"));
    }

    public string? Text(string key, int maxLength, string wanted) => Find(key) is { } value ? TextOf(PathOf(key), value, maxLength, wanted) : null;

    /// <summary>One of some words; null where the key is absent.</summary>
    public T? Word<T>(string key, IReadOnlyDictionary<string, T> words) where T : struct =>
        Find(key) is { } value ? WordOf(PathOf(key), value, words) : null;

    public ulong? Bits(string key) => Find(key) is { } value
        ? ulong.TryParse(TextOf(PathOf(key), value, 16, "16 hexadecimal digits"), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits) && value.GetString()!.Length == 16
            ? bits
            : throw Refuse(PathOf(key), Show(value), "16 hexadecimal digits")
        : null;

    /// <summary>A list of different values; null where the key is absent.</summary>
    public ImmutableArray<T>? List<T>(string key, string wanted, Func<string, JsonElement, T> read, bool mayBeEmpty = false)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Array || (!mayBeEmpty && value.GetArrayLength() == 0))
            throw Refuse(PathOf(key), Show(value), $"a list of {wanted}{(mayBeEmpty ? "" : ", at least one; leave the key out to accept all")}");
        var items = value.EnumerateArray().Select((item, index) => read($"{PathOf(key)}[{index}]", item)).ToImmutableArray();
        return items.Distinct().Count() == items.Length ? items : throw Refuse(PathOf(key), "a value twice", "each once");
    }

    public ImmutableArray<T>? Words<T>(string key, IReadOnlyDictionary<string, T> words) where T : struct =>
        List(key, $"some of {string.Join(", ", words.Keys)}", (path, item) => WordOf(path, item, words));

    public ImmutableArray<string>? Texts(string key, int maxLength, string wanted, Func<string, bool> isGood, bool mayBeEmpty = false) =>
        List(key, wanted, (path, item) => TextOf(path, item, maxLength, wanted) is { Length: > 0 } text && isGood(text) ? text : throw Refuse(path, Show(item), wanted), mayBeEmpty);

    /// <summary>A list of so many bytes each, in hexadecimal digits; empty where the key is absent.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Hashes(string key, int size)
    {
        var digits = Texts(key, 2 * size, $"{2 * size} hexadecimal digits", text => text.Length == 2 * size && text.All(char.IsAsciiHexDigit)) ?? [];
        ImmutableArray<ReadOnlyMemory<byte>> hashes = [.. digits.Select(text => (ReadOnlyMemory<byte>)Convert.FromHexString(text))];
        return digits.Distinct(StringComparer.OrdinalIgnoreCase).Count() == digits.Length ? hashes : throw Refuse(PathOf(key), "a value twice", "each once");
    }

    public AttestationException Refuse(string key, string found, string wanted) => new($"'{_file}': {(key.Length == 0 ? "the file" : key)}: found {found}, wanted {wanted}.");

    public string PathOf(string key) => _path.Length == 0 ? key : $"{_path}.{key}";

    public static string Show(JsonElement value)
    {
        var text = value.GetRawText().ReplaceLineEndings(" ");
        return text.Length <= ShownCharacters ? text : text[..ShownCharacters] + "…";
    }

    private JsonElement? Find(string key)
    {
        _known.Add(key);
        return _members.TryGetValue(key, out var value) ? value : null;
    }

    private string TextOf(string path, JsonElement value, int maxLength, string wanted) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is { } text && text.Length <= maxLength ? text : throw Refuse(path, Show(value), wanted);

    private T WordOf<T>(string path, JsonElement value, IReadOnlyDictionary<string, T> words) =>
        value.ValueKind == JsonValueKind.String && words.TryGetValue(value.GetString()!, out var word) ? word : throw Refuse(path, Show(value), $"one of {string.Join(", ", words.Keys)}");
}
