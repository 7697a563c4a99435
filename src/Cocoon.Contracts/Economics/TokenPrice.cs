using System.Globalization;
using Cocoon.Ton;

namespace Cocoon.Contracts.Economics;

/// <summary>A price of one adjusted token.</summary>
/// <param name="NanoTon">nanoTON per adjusted token.</param>
public readonly record struct TokenPrice(ulong NanoTon) : IComparable<TokenPrice>
{
    /// <summary>The price of <paramref name="tokens"/>, exact: 64 by 63 bits always fit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    public Coins Cost(AdjustedTokens tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tokens.Value, nameof(tokens));
        return new Coins((UInt128)NanoTon * (ulong)tokens.Value);
    }

    /// <summary>
    /// How many whole tokens <paramref name="amount"/> pays for, at most <see cref="long.MaxValue"/>. A price of zero gives
    /// 10^12 tokens, the network's stand-in for "any number" (Cocoon wire protocol).
    /// </summary>
    public AdjustedTokens TokensFor(Coins amount)
    {
        if (NanoTon == 0)
            return new AdjustedTokens(1_000_000_000_000);
        var tokens = amount.NanoTon / NanoTon;
        return new AdjustedTokens(tokens > long.MaxValue ? long.MaxValue : (long)tokens);
    }

    /// <inheritdoc/>
    public int CompareTo(TokenPrice other) => NanoTon.CompareTo(other.NanoTon);

    /// <summary>For example <c>20 nanoTON/token</c>.</summary>
    public override string ToString() => NanoTon.ToString(CultureInfo.InvariantCulture) + " nanoTON/token";

    /// <summary>Order of the prices.</summary>
    public static bool operator <(TokenPrice left, TokenPrice right) => left.NanoTon < right.NanoTon;

    /// <summary>Order of the prices.</summary>
    public static bool operator >(TokenPrice left, TokenPrice right) => left.NanoTon > right.NanoTon;

    /// <summary>Order of the prices.</summary>
    public static bool operator <=(TokenPrice left, TokenPrice right) => left.NanoTon <= right.NanoTon;

    /// <summary>Order of the prices.</summary>
    public static bool operator >=(TokenPrice left, TokenPrice right) => left.NanoTon >= right.NanoTon;
}
