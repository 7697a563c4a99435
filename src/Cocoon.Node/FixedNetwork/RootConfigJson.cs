using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Cocoon.Cryptography;
using Cocoon.Protocol.Messages;

namespace Cocoon.Node.FixedNetwork;

/// <summary>
/// Reads <c>rootConfig.pseudo</c> from the network's JSON form of its objects: fields by name, unknown ones left alone, absent ones (and null) zero;
/// whole numbers as numbers or as decimal text; 32-byte values in base64.
/// </summary>
internal static class RootConfigJson
{
    private const int MaxListLength = 65_536;

    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="FormatException">A field has another form; the message names it.</exception>
    /// <exception cref="InvalidOperationException">Some text is not UTF-8, or half a character.</exception>
    public static RootConfigPseudo Read(Stream json)
    {
        using var document = JsonDocument.Parse(json);
        var root = Object(document.RootElement, "the file");
        return new RootConfigPseudo(
            List(root, "proxy_hashes", Hash),
            List(root, "worker_hashes", Hash),
            List(root, "model_hashes", Hash),
            List(root, "model_types", ReadText),
            List(root, "registered_proxies", Proxy),
            Int(root, "price_per_token"),
            Int(root, "worker_fee_per_token"),
            Int(root, "last_proxy_seqno"),
            Int(root, "version"),
            Int(root, "params_version"),
            Text(root, "proxy_sc_code"),
            Text(root, "worker_sc_code"),
            Text(root, "client_sc_code"),
            Text(root, "root_owner_address"));
    }

    private static RootConfigRegisteredProxy Proxy(JsonElement value, string name)
    {
        Object(value, name);
        return new RootConfigRegisteredProxy(Int(value, "seqno"), Text(value, "address"));
    }

    private static JsonElement Object(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object ? value : throw Wrong(name, value, "an object");

    private static JsonElement? Field(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static ImmutableArray<T> List<T>(JsonElement parent, string name, Func<JsonElement, string, T> read)
    {
        if (Field(parent, name) is not { } value)
            return [];
        if (value.ValueKind != JsonValueKind.Array)
            throw Wrong(name, value, "a list");
        if (value.GetArrayLength() > MaxListLength)
            throw new FormatException($"{name}: found {value.GetArrayLength()} entries, wanted at most {MaxListLength}.");
        return [.. value.EnumerateArray().Select((item, index) => read(item, $"{name}[{index}]"))];
    }

    private static int Int(JsonElement parent, string name)
    {
        if (Field(parent, name) is not { } value)
            return 0;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number))
            return number;
        return value.ValueKind == JsonValueKind.String
            && int.TryParse(ReadText(value, name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)
                ? number
                : throw Wrong(name, value, "a whole number of 32 bits");
    }

    private static string Text(JsonElement parent, string name) => Field(parent, name) is { } value ? ReadText(value, name) : "";

    private static Bits256 Hash(JsonElement value, string name)
    {
        Span<byte> bytes = stackalloc byte[Bits256.Size];
        return Convert.TryFromBase64String(ReadText(value, name), bytes, out var written) && written == Bits256.Size
            ? new Bits256(bytes)
            : throw Wrong(name, value, "32 bytes in base64");
    }

    private static string ReadText(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(name, value, "text");

    private static FormatException Wrong(string name, JsonElement found, string wanted)
    {
        var text = found.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? found.ValueKind.ToString().ToLowerInvariant() : found.GetRawText();
        return new FormatException($"{name}: found {(text.Length > 60 ? text[..60] + "…" : text)}, wanted {wanted}.");
    }
}
