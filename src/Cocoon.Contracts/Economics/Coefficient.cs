using System.Globalization;

namespace Cocoon.Contracts.Economics;

/// <summary>What a worker multiplies its tokens by: a price level chosen by the worker, capped by the client.</summary>
/// <param name="Thousandths">Thousandths; 1000 is 1.0, 0 is free of charge.</param>
public readonly record struct Coefficient(int Thousandths) : IComparable<Coefficient>
{
    /// <summary>1.0.</summary>
    public static Coefficient One => new(1000);

    /// <inheritdoc/>
    public int CompareTo(Coefficient other) => Thousandths.CompareTo(other.Thousandths);

    /// <summary>The decimal factor, for example <c>1.5</c>.</summary>
    public override string ToString() => (Thousandths / 1000m).ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>Order of the factors.</summary>
    public static bool operator <(Coefficient left, Coefficient right) => left.Thousandths < right.Thousandths;

    /// <summary>Order of the factors.</summary>
    public static bool operator >(Coefficient left, Coefficient right) => left.Thousandths > right.Thousandths;

    /// <summary>Order of the factors.</summary>
    public static bool operator <=(Coefficient left, Coefficient right) => left.Thousandths <= right.Thousandths;

    /// <summary>Order of the factors.</summary>
    public static bool operator >=(Coefficient left, Coefficient right) => left.Thousandths >= right.Thousandths;
}
