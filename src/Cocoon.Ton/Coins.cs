using System.Globalization;

namespace Cocoon.Ton;

/// <summary>An amount of TON, never negative, counted in nanoTON (10⁻⁹ TON). Arithmetic that leaves the range throws.</summary>
/// <param name="NanoTon">The amount in nanoTON; the chain stores at most 120 bits.</param>
public readonly record struct Coins(UInt128 NanoTon) : IComparable<Coins>
{
    private const int Decimals = 9;
    private const uint NanoPerTon = 1_000_000_000;

    /// <summary>Nothing.</summary>
    public static Coins Zero => default;

    /// <summary>An amount in nanoTON.</summary>
    public static Coins FromNano(ulong nanoTon) => new(nanoTon);

    /// <summary>An amount in TON.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, too great, or finer than a nanoTON.</exception>
    public static Coins FromTon(decimal ton)
    {
        if (ton < 0 || ton > decimal.MaxValue / NanoPerTon || ton * NanoPerTon != decimal.Truncate(ton * NanoPerTon))
            throw new ArgumentOutOfRangeException(nameof(ton), $"{ton} TON is no amount; wanted zero or more with at most {Decimals} decimals.");
        return new Coins((UInt128)(ton * NanoPerTon));
    }

    /// <summary>Reads an amount in TON such as "1.5", with at most 9 decimals; a trailing " TON" is allowed.</summary>
    /// <exception cref="FormatException">The text is anything else.</exception>
    public static Coins Parse(string text) => TryParse(text, out var coins)
        ? coins
        : throw new FormatException($"'{text}' is no amount of TON; wanted digits with at most {Decimals} decimals, such as 1.5.");

    /// <inheritdoc cref="Parse"/>
    public static bool TryParse(string? text, out Coins coins)
    {
        coins = default;
        if (text is null) return false;
        var digits = text.EndsWith(" TON", StringComparison.Ordinal) ? text[..^4] : text;
        var point = digits.IndexOf('.', StringComparison.Ordinal);
        var decimals = point < 0 ? 0 : digits.Length - point - 1;
        if (digits.Length == 0 || point == 0 || decimals > Decimals || (point > 0 && decimals == 0) || digits.Length > 40) return false;
        var all = (point < 0 ? digits : digits.Remove(point, 1)) + new string('0', Decimals - decimals);
        if (!UInt128.TryParse(all, NumberStyles.None, CultureInfo.InvariantCulture, out var nano)) return false;
        coins = new Coins(nano);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(Coins other) => NanoTon.CompareTo(other.NanoTon);

    /// <summary>The amount in TON without needless zeros, such as "1.5 TON".</summary>
    public override string ToString()
    {
        var (whole, part) = UInt128.DivRem(NanoTon, NanoPerTon);
        var decimals = part == 0 ? "" : "." + part.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0');
        return string.Create(CultureInfo.InvariantCulture, $"{whole}{decimals} TON");
    }

    /// <summary>The sum.</summary>
    /// <exception cref="OverflowException">It does not fit.</exception>
    public static Coins operator +(Coins left, Coins right) => new(checked(left.NanoTon + right.NanoTon));

    /// <summary>The difference.</summary>
    /// <exception cref="OverflowException">It is negative.</exception>
    public static Coins operator -(Coins left, Coins right) => new(checked(left.NanoTon - right.NanoTon));

    /// <summary>The multiple.</summary>
    /// <exception cref="OverflowException">It does not fit.</exception>
    public static Coins operator *(Coins left, ulong right) => new(checked(left.NanoTon * right));

    /// <inheritdoc cref="op_Multiply(Coins, ulong)"/>
    public static Coins operator *(ulong left, Coins right) => right * left;

    /// <summary>The quotient, rounded down.</summary>
    public static Coins operator /(Coins left, ulong right) => new(left.NanoTon / right);

    /// <summary>Order of the amounts.</summary>
    public static bool operator <(Coins left, Coins right) => left.NanoTon < right.NanoTon;

    /// <summary>Order of the amounts.</summary>
    public static bool operator >(Coins left, Coins right) => left.NanoTon > right.NanoTon;

    /// <summary>Order of the amounts.</summary>
    public static bool operator <=(Coins left, Coins right) => left.NanoTon <= right.NanoTon;

    /// <summary>Order of the amounts.</summary>
    public static bool operator >=(Coins left, Coins right) => left.NanoTon >= right.NanoTon;
}
