using System.Collections.Immutable;
using System.Text.Json;
using Cocoon.Attestation.Quotes;
using Cocoon.Cryptography;

namespace Cocoon.Attestation;

/// <summary>
/// Measurements of known images by name. They decide nothing: an image hash that no list has says only that something differs, and these tell what.
/// </summary>
public sealed class ReferenceValues
{
    /// <summary>The largest file in bytes.</summary>
    public const int MaxSize = 1024 * 1024;

    private const int ShownDigits = 16;
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 4 };
    private readonly ImmutableArray<(string Name, TeeMeasurements Measurements)> _images;

    /// <summary>These images, TDX measurements.</summary>
    public ReferenceValues(params ReadOnlySpan<(string Name, TeeMeasurements Measurements)> images) => _images = [.. images];

    /// <summary>The registers of a TDX guest in the order of <see cref="TeeMeasurements.Packed"/>, by their names in files.</summary>
    public static ImmutableArray<string> Registers { get; } = ["mrTd", "mrConfigId", "mrOwner", "mrOwnerConfig", "rtmr0", "rtmr1", "rtmr2", "rtmr3"];

    /// <summary>No image is known.</summary>
    public static ReferenceValues None { get; } = new();

    /// <summary>
    /// Reads a file: a JSON list of objects with the strings `name`, `mrTd`, `mrConfigId`, `mrOwner`, `mrOwnerConfig` and `rtmr0` to `rtmr3`, 96 hexadecimal
    /// digits each.
    /// </summary>
    /// <exception cref="AttestationException">It cannot be read or is something else.</exception>
    public static ReferenceValues Read(string file)
    {
        try
        {
            if (new FileInfo(file).Length > MaxSize) throw new FormatException($"it is larger than {MaxSize} bytes.");
            using var document = JsonDocument.Parse(File.ReadAllBytes(file), Strict);
            return new ReferenceValues([.. document.RootElement.EnumerateArray().Select(ReadImage)]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or FormatException or InvalidOperationException)
        {
            throw new AttestationException($"The reference values in '{file}' cannot be used: {exception.Message}", exception);
        }
    }

    /// <summary>Writes the file form, UTF-8.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(
        _images.Select(image => Registers.Select((name, index) => (Name: name, Value: Register(image.Measurements, index).ToString()))
            .Prepend((Name: "name", Value: image.Name)).ToDictionary(pair => pair.Name, pair => pair.Value)),
        new JsonSerializerOptions { WriteIndented = true });

    /// <summary>
    /// What differs from the nearest image, as the end of a sentence about an image that is not listed: "; the nearest reference is 'worker': rtmr2 found
    /// 00…, wanted 11…". Empty where nothing is known.
    /// </summary>
    public string Explain(TeeMeasurements? found)
    {
        if (found is not { Kind: TeeMeasurementKind.Tdx } || _images.IsEmpty) return "";
        var (name, nearest) = _images.MinBy(image => Distance(found, image.Measurements));
        var differences = Differ(found, nearest);
        return differences.Count == 0
            ? $"; it is the reference '{name}', which is not listed"
            : $"; the nearest reference is '{name}': {string.Join(", ", differences)}";
    }

    // Of two with as many differences the one that measures the same things is nearer: a register that is used here and not there is a part of its own.
    private static (int Differing, int Unused) Distance(TeeMeasurements found, TeeMeasurements wanted)
    {
        var registers = Enumerable.Range(0, Registers.Length).Select(index => (Found: Register(found, index), Wanted: Register(wanted, index))).ToList();
        return (registers.Count(pair => pair.Found != pair.Wanted), registers.Count(pair => (pair.Found == Bits384.Zero) != (pair.Wanted == Bits384.Zero)));
    }

    private static List<string> Differ(TeeMeasurements found, TeeMeasurements wanted)
    {
        var differences = new List<string>();
        for (var i = 0; i < Registers.Length; i++)
        {
            var (one, other) = (Register(found, i), Register(wanted, i));
            if (one != other) differences.Add($"{Registers[i]} found {Show(one)}, wanted {Show(other)}");
        }
        return differences;
    }

    private static Bits384 Register(TeeMeasurements measurements, int index) =>
        new(measurements.Packed.Span.Slice(index * TdReport.MeasurementSize, TdReport.MeasurementSize));

    // The message goes to the peer too, and eight whole registers fill a screen.
    private static string Show(Bits384 register) => register.ToString()[..ShownDigits] + "…";

    private static (string Name, TeeMeasurements Measurements) ReadImage(JsonElement image)
    {
        if (image.EnumerateObject().FirstOrDefault(member => member.Name != "name" && !Registers.Contains(member.Name)) is { Value.ValueKind: not JsonValueKind.Undefined } unknown)
            throw new FormatException($"'{unknown.Name}' is not known.");
        var packed = new byte[TeeMeasurements.TdxSize];
        for (var i = 0; i < Registers.Length; i++)
        {
            if (!image.TryGetProperty(Registers[i], out var value) || !Bits384.TryParse(value.GetString(), out var register))
                throw new FormatException($"'{Registers[i]}' is not there or not 96 hexadecimal digits.");
            register.CopyTo(packed.AsSpan(i * TdReport.MeasurementSize));
        }
        return image.TryGetProperty("name", out var name) && name.GetString() is { Length: > 0 and <= 100 } text
            ? (text, TeeMeasurements.Tdx(packed))
            : throw new FormatException("'name' is not there or not a text of 1 to 100 characters.");
    }
}
