using System.Globalization;
using System.Text.Json;
using Cocoon.Cryptography;
using Cocoon.Ton;
using Cocoon.Ton.Cells;

namespace Cocoon.Devnet.Http;

/// <summary>The parameters of a request, from a query string or a JSON object; both write numbers as numbers or as text.</summary>
internal sealed class ApiParameters(Func<string, string?> text, JsonElement json)
{
    private const int InvalidCode = 422;

    public static ApiParameters FromJson(JsonElement json)
    {
        if (json.ValueKind is not (JsonValueKind.Object or JsonValueKind.Undefined or JsonValueKind.Null))
            throw new ApiException(InvalidCode, $"The parameters are a JSON {json.ValueKind}; wanted an object.");
        return new ApiParameters(
            name => !TryGet(json, name, out var value) ? null : value.ValueKind switch
            {
                JsonValueKind.String => value.GetString(),
                JsonValueKind.Null => null,
                _ => value.GetRawText(),
            },
            json);
    }

    public string? Text(string name) => text(name) is { Length: > 0 } value ? value : null;

    public string RequiredText(string name) => Text(name) ?? throw new ApiException(InvalidCode, $"The parameter '{name}' is missing.");

    public JsonElement Json(string name) => TryGet(json, name, out var value) ? value : default;

    public TonAddress Address(string name = "address") => TonAddress.TryParse(RequiredText(name), out var address)
        ? address
        : throw new ApiException(
            InvalidCode, $"The parameter '{name}' is no TON address; wanted 0:<64 hexadecimal digits> or 48 characters of base64 with a right checksum.");

    public ulong? Number(string name, ulong least, ulong most)
    {
        if (Text(name) is not { } given) return null;
        return ulong.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new ApiException(
                InvalidCode, $"The parameter '{name}' is '{Shorten(given)}'; wanted a whole number from {least} to {most}.");
    }

    public ulong RequiredNumber(string name, ulong least, ulong most) =>
        Number(name, least, most) ?? throw new ApiException(InvalidCode, $"The parameter '{name}' is missing.");

    public int Workchain() => RequiredText("workchain") switch
    {
        "-1" => -1,
        "0" => 0,
        var other => throw new ApiException(InvalidCode, $"The workchain is '{Shorten(other)}'; the devnet has -1 and 0."),
    };

    public Bits256? Hash(string name)
    {
        if (Text(name) is not { } given) return null;
        if (Bits256.TryParse(given, out var hash)) return hash;
        Span<byte> bytes = stackalloc byte[Bits256.Size + 1];
        var base64 = given.Replace('-', '+').Replace('_', '/');
        var padded = base64.PadRight((base64.Length + 3) / 4 * 4, '=');
        if (given.Length <= 44 && Convert.TryFromBase64String(padded, bytes, out var count) && count == Bits256.Size)
            return new Bits256(bytes[..Bits256.Size]);
        throw new ApiException(InvalidCode, $"The parameter '{name}' is no hash; wanted 32 bytes as 64 hexadecimal digits or base64.");
    }

    public Cell Boc(string name) => ParseBoc(RequiredText(name), name);

    public static Cell ParseBoc(string base64, string name)
    {
        try
        {
            return BagOfCells.Deserialize(Convert.FromBase64String(base64));
        }
        catch (FormatException e)
        {
            throw new ApiException(InvalidCode, $"The parameter '{name}' is no bag of cells in base64: {e.Message}");
        }
    }

    private static bool TryGet(JsonElement json, string name, out JsonElement value)
    {
        value = default;
        return json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out value);
    }

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
