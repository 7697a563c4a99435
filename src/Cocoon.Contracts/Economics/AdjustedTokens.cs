namespace Cocoon.Contracts.Economics;

/// <summary>
/// A count of adjusted tokens, the network's unit of work: one raw model token at coefficient 1.0 and multiplier 1.0 is exactly one.
/// Arithmetic is checked: it throws <see cref="OverflowException"/> and never wraps.
/// </summary>
/// <param name="Value">The count. The wire and the contracts carry it as a 64-bit integer.</param>
public readonly record struct AdjustedTokens(long Value) : IComparable<AdjustedTokens>
{
    /// <summary>No tokens.</summary>
    public static AdjustedTokens Zero => default;

    /// <summary>
    /// The adjusted count of <paramref name="tokens"/> raw tokens: the product with both factors, cut towards zero.
    /// It is evaluated in IEEE double precision, strictly from left to right, because that is what the other nodes of the network do; a
    /// mathematically exact product gives other numbers (Cocoon wire protocol).
    /// </summary>
    /// <param name="tokens">Raw tokens.</param>
    /// <param name="coefficient">The worker's coefficient, in thousandths.</param>
    /// <param name="multiplier">The network's multiplier for this kind of token, in ten-thousandths.</param>
    /// <exception cref="OverflowException">The result does not fit 64 bits.</exception>
    public static AdjustedTokens Adjust(long tokens, Coefficient coefficient, Multiplier multiplier)
    {
        double scaled = tokens * (coefficient.Thousandths * 0.001);
        return new AdjustedTokens(checked((long)(scaled * multiplier.TenThousandths * 0.0001)));
    }

    /// <summary>
    /// What a proxy sets aside before a request runs: the answer's cap plus the bytes of the request, which stand in for its prompt
    /// tokens, at the client's highest coefficient and multiplier 1.0 (Cocoon wire protocol).
    /// </summary>
    /// <param name="maxTokens">The most raw tokens the answer may have.</param>
    /// <param name="requestBytes">The size of the serialised HTTP request in bytes.</param>
    /// <param name="maxCoefficient">The highest coefficient the client accepts.</param>
    /// <exception cref="OverflowException">The result does not fit 64 bits.</exception>
    public static AdjustedTokens Reservation(long maxTokens, long requestBytes, Coefficient maxCoefficient) =>
        Adjust(checked(maxTokens + requestBytes), maxCoefficient, Multiplier.One);

    /// <inheritdoc/>
    public int CompareTo(AdjustedTokens other) => Value.CompareTo(other.Value);

    /// <summary>The count in decimal digits.</summary>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The checked sum.</summary>
    public static AdjustedTokens operator +(AdjustedTokens left, AdjustedTokens right) => new(checked(left.Value + right.Value));

    /// <summary>The checked difference; it may be negative.</summary>
    public static AdjustedTokens operator -(AdjustedTokens left, AdjustedTokens right) => new(checked(left.Value - right.Value));

    /// <summary>Order of the counts.</summary>
    public static bool operator <(AdjustedTokens left, AdjustedTokens right) => left.Value < right.Value;

    /// <summary>Order of the counts.</summary>
    public static bool operator >(AdjustedTokens left, AdjustedTokens right) => left.Value > right.Value;

    /// <summary>Order of the counts.</summary>
    public static bool operator <=(AdjustedTokens left, AdjustedTokens right) => left.Value <= right.Value;

    /// <summary>Order of the counts.</summary>
    public static bool operator >=(AdjustedTokens left, AdjustedTokens right) => left.Value >= right.Value;
}
