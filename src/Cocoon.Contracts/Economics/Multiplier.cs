using System.Globalization;

namespace Cocoon.Contracts.Economics;

/// <summary>What the network multiplies one kind of token by.</summary>
/// <param name="TenThousandths">Ten-thousandths; 10000 is 1.0.</param>
public readonly record struct Multiplier(uint TenThousandths)
{
    /// <summary>1.0, also what parameters without a multiplier count as.</summary>
    public static Multiplier One => new(10000);

    /// <summary>The decimal factor, for example <c>0.25</c>.</summary>
    public override string ToString() => (TenThousandths / 10000m).ToString("0.####", CultureInfo.InvariantCulture);
}
