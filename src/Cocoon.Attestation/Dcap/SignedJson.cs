using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Cocoon.Attestation.Dcap;

/// <summary>Reads JSON objects strictly: no member twice, bounded depth, and every wrong or missing member is one kind of error.</summary>
internal readonly struct SignedJson
{
    private const int MaxArray = 4096;
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = 16 };
    private readonly JsonElement _element;

    private SignedJson(JsonElement element)
    {
        _element = element;
    }

    /// <summary>Reads a document.</summary>
    /// <exception cref="AttestationException">It is not JSON, or <paramref name="read"/> missed something in it.</exception>
    public static T Read<T>(string what, ReadOnlyMemory<byte> utf8, Func<SignedJson, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8, Options);
            return read(new SignedJson(document.RootElement));
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            throw new AttestationException($"{what} check: {exception.Message}", exception);
        }
    }

    public bool Has(string name) => _element.TryGetProperty(name, out _);

    public SignedJson Object(string name)
    {
        var element = Member(name);
        return element.ValueKind == JsonValueKind.Object ? new SignedJson(element) : throw Wrong(name, "an object");
    }

    /// <summary>An object as it stands there, to the byte.</summary>
    public byte[] Raw(string name) => Encoding.UTF8.GetBytes(Object(name)._element.GetRawText());

    public ImmutableArray<SignedJson> Objects(string name, int least = 1, int most = MaxArray)
    {
        var element = Member(name);
        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() < least || element.GetArrayLength() > most)
            throw Wrong(name, $"an array of {least} to {most} objects");
        return [.. element.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Object ? new SignedJson(item) : throw Wrong(name, "objects"))];
    }

    public ImmutableArray<string> OptionalTexts(string name)
    {
        if (!_element.TryGetProperty(name, out var element)) return [];
        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() > MaxArray) throw Wrong(name, $"an array of at most {MaxArray} strings");
        return [.. element.EnumerateArray().Select(item => item.GetString() ?? throw Wrong(name, "strings"))];
    }

    public string Text(string name) =>
        Member(name) is { ValueKind: JsonValueKind.String } element ? element.GetString()! : throw Wrong(name, "a string");

    public int Number(string name, int maximum) =>
        Member(name) is { ValueKind: JsonValueKind.Number } element && element.TryGetInt32(out var number) && number >= 0 && number <= maximum
            ? number
            : throw Wrong(name, $"a number of 0 to {maximum}");

    public uint Number(string name) =>
        Member(name) is { ValueKind: JsonValueKind.Number } element && element.TryGetUInt32(out var number) ? number : throw Wrong(name, $"a number of 0 to {uint.MaxValue}");

    public bool Flag(string name) => Member(name).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(name, "true or false"),
    };

    public byte[] Base64(string name, int most)
    {
        var bytes = Convert.FromBase64String(Text(name));
        return bytes.Length <= most ? bytes : throw Wrong(name, $"at most {most} bytes in Base64");
    }

    public byte[] Hex(string name) => Convert.FromHexString(Text(name));

    public byte[] Hex(string name, int size)
    {
        var bytes = Hex(name);
        return bytes.Length == size ? bytes : throw Wrong(name, $"{size} bytes in hexadecimal");
    }

    public DateTimeOffset Time(string name) =>
        DateTimeOffset.TryParseExact(
            Text(name), "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw Wrong(name, "a time such as 2025-06-19T10:16:03Z");

    private JsonElement Member(string name) =>
        _element.TryGetProperty(name, out var element) ? element : throw new FormatException($"the member '{name}' is missing.");

    private static FormatException Wrong(string name, string wanted) => new($"the member '{name}' is not {wanted}.");
}
