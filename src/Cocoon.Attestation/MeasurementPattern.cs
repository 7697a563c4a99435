using System.Collections.Immutable;
using Cocoon.Attestation.Quotes;
using Cocoon.Cryptography;

namespace Cocoon.Attestation;

/// <summary>Registers of a TDX guest that have to hold certain values; the others may hold any.</summary>
/// <param name="Registers">The wanted values in the order of <see cref="ReferenceValues.Registers"/>; null where any will do.</param>
public sealed record MeasurementPattern(ImmutableArray<Bits384?> Registers)
{
    /// <summary>The registers that are not as they have to be, each with what it holds; empty where all are.</summary>
    public ImmutableArray<string> FindDifferences(TeeMeasurements measurements)
    {
        ArgumentNullException.ThrowIfNull(measurements);
        if (measurements.Kind != TeeMeasurementKind.Tdx) return ["the kind"];
        var differences = ImmutableArray.CreateBuilder<string>();
        for (var index = 0; index < Registers.Length; index++)
        {
            var found = new Bits384(measurements.Packed.Span.Slice(index * TdReport.MeasurementSize, TdReport.MeasurementSize));
            if (Registers[index] is { } wanted && wanted != found) differences.Add($"{ReferenceValues.Registers[index]} {found}");
        }
        return differences.ToImmutable();
    }

    /// <inheritdoc/>
    public bool Equals(MeasurementPattern? other) => other is not null && Registers.SequenceEqual(other.Registers);

    /// <inheritdoc/>
    public override int GetHashCode() => Registers.Aggregate(0, HashCode.Combine);

    /// <inheritdoc/>
    public override string ToString() =>
        string.Join(" and ", Registers.Select((value, index) => (Name: ReferenceValues.Registers[index], Value: value)).Where(pair => pair.Value is not null).Select(pair => $"{pair.Name} {pair.Value}"));
}
