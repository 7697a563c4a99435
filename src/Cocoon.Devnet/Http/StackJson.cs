using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cocoon.Devnet.Executor;
using Cocoon.Ton.Cells;

namespace Cocoon.Devnet.Http;

/// <summary>Stack values as toncenter version 2 writes them.</summary>
internal static class StackJson
{
    private const int MaxArguments = 256;
    private const int MaxNumberText = 80;

    /// <summary>Reads arguments: pairs such as <c>["num", "0x1"]</c> or <c>["tvm.Cell", "base64"]</c>.</summary>
    public static ImmutableArray<StackEntry> Read(JsonElement json)
    {
        if (json.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null) return [];
        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() > MaxArguments)
            throw new ApiException(422, $"The stack is no array of at most {MaxArguments} values.");
        return [.. json.EnumerateArray().Select(ReadEntry)];
    }

    public static JsonArray Write(ImmutableArray<StackEntry> stack)
    {
        var array = new JsonArray();
        foreach (var entry in stack) array.Add((JsonNode)WriteEntry(entry));
        return array;
    }

    private static StackEntry ReadEntry(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() != 2 || json[0].ValueKind != JsonValueKind.String)
            throw new ApiException(422, """A stack value has the form ["kind", value].""");
        var kind = json[0].GetString()!;
        var text = json[1].ValueKind switch
        {
            JsonValueKind.String => json[1].GetString()!,
            JsonValueKind.Number => json[1].GetRawText(),
            _ => "",
        };
        return kind switch
        {
            "num" or "int" => new StackEntry.Number(ReadNumber(text)),
            "cell" or "tvm.Cell" => new StackEntry.CellValue(ReadCell(json[1], text)),
            "slice" or "tvm.Slice" => new StackEntry.SliceValue(ReadCell(json[1], text)),
            "builder" or "tvm.Builder" => new StackEntry.BuilderValue(ReadCell(json[1], text)),
            "null" => new StackEntry.Null(),
            _ => throw new ApiException(422, "A stack value's kind is unknown; wanted num, tvm.Cell, tvm.Slice, tvm.Builder or null."),
        };
    }

    private static Cell ReadCell(JsonElement value, string text)
    {
        var bytes = value.ValueKind == JsonValueKind.Object && value.TryGetProperty("bytes", out var inner) && inner.ValueKind == JsonValueKind.String
            ? inner.GetString()!
            : text;
        return ApiParameters.ParseBoc(bytes, "stack");
    }

    private static BigInteger ReadNumber(string text)
    {
        // The length is checked first: reading a long number takes far longer than its text.
        if (text.Length > MaxNumberText) throw InvalidNumber();
        var negative = text.StartsWith('-');
        var digits = negative ? text[1..] : text;
        var hex = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        // The zero in front keeps a high first digit from meaning a negative number.
        var parsed = hex
            ? BigInteger.TryParse("0" + digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            : BigInteger.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        if (!parsed || value.GetBitLength() > 256) throw InvalidNumber();
        return negative ? -value : value;
    }

    private static ApiException InvalidNumber() =>
        new(422, "A stack value is no whole number of at most 256 bits, decimal or hexadecimal with 0x.");

    private static JsonArray WriteEntry(StackEntry entry) => entry switch
    {
        StackEntry.Number number => ["num", Hex(number.Value)],
        StackEntry.NotANumber => ["num", "NaN"],
        StackEntry.CellValue cell => ["cell", Bytes(cell.Value)],
        StackEntry.SliceValue slice => ["slice", Bytes(slice.Value)],
        StackEntry.BuilderValue builder => ["builder", Bytes(builder.Value)],
        StackEntry.TupleValue tuple => ["tuple", Elements("tvm.tuple", tuple.Items)],
        _ => ["list", Elements("tvm.list", [])],
    };

    private static JsonObject WriteElement(StackEntry entry) => entry switch
    {
        StackEntry.Number number => Element("Number", "number", new JsonObject
        {
            ["@type"] = "tvm.numberDecimal",
            ["number"] = number.Value.ToString(CultureInfo.InvariantCulture),
        }),
        StackEntry.NotANumber => Element("Number", "number", new JsonObject { ["@type"] = "tvm.numberDecimal", ["number"] = "NaN" }),
        StackEntry.CellValue cell => Element("Cell", "cell", TypedBytes("tvm.cell", cell.Value)),
        StackEntry.SliceValue slice => Element("Slice", "slice", TypedBytes("tvm.slice", slice.Value)),
        StackEntry.BuilderValue builder => Element("Cell", "cell", TypedBytes("tvm.cell", builder.Value)),
        StackEntry.TupleValue tuple => Element("Tuple", "tuple", Elements("tvm.tuple", tuple.Items)),
        _ => Element("List", "list", Elements("tvm.list", [])),
    };

    private static JsonObject Element(string kind, string field, JsonObject value) => new() { ["@type"] = "tvm.stackEntry" + kind, [field] = value };

    private static JsonObject Elements(string type, ImmutableArray<StackEntry> items)
    {
        var elements = new JsonArray();
        foreach (var item in items) elements.Add((JsonNode)WriteElement(item));
        return new JsonObject { ["@type"] = type, ["elements"] = elements };
    }

    private static JsonObject Bytes(Cell cell) => new() { ["bytes"] = ChainJson.Base64(cell) };

    private static JsonObject TypedBytes(string type, Cell cell) => new() { ["@type"] = type, ["bytes"] = ChainJson.Base64(cell) };

    private static string Hex(BigInteger value)
    {
        var digits = BigInteger.Abs(value).ToString("x", CultureInfo.InvariantCulture).TrimStart('0');
        return $"{(value.Sign < 0 ? "-" : "")}0x{(digits.Length == 0 ? "0" : digits)}";
    }
}
