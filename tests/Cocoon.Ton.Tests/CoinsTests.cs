namespace Cocoon.Ton.Tests;

public sealed class CoinsTests
{
    [Theory]
    [InlineData("0", 0UL, "0 TON")]
    [InlineData("1.5", 1_500_000_000UL, "1.5 TON")]
    [InlineData("0.000000001", 1UL, "0.000000001 TON")]
    [InlineData("00012.50 TON", 12_500_000_000UL, "12.5 TON")]
    public void Text_is_read_and_written(string text, ulong nano, string written)
    {
        Coins.Parse(text).ShouldBe(Coins.FromNano(nano));
        Coins.FromNano(nano).ToString().ShouldBe(written);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".5")]
    [InlineData("1.")]
    [InlineData("-1")]
    [InlineData("1,5")]
    [InlineData("1e3")]
    [InlineData("1.0000000001")]
    [InlineData("1.5TON")]
    [InlineData("1 000")]
    public void Other_text_is_refused(string text) => Should.Throw<FormatException>(() => Coins.Parse(text));

    [Fact]
    public void Arithmetic_is_checked()
    {
        var (one, two) = (Coins.FromTon(1), Coins.FromTon(2));
        (one + two).ShouldBe(Coins.Parse("3"));
        (two - one).ShouldBe(one);
        (two * 3).ShouldBe(Coins.Parse("6"));
        (one / 3).ShouldBe(Coins.FromNano(333_333_333));
        (one < two && two >= one && one <= two && two > one).ShouldBeTrue();
        Should.Throw<OverflowException>(() => one - two);
        Should.Throw<OverflowException>(() => new Coins(UInt128.MaxValue) + one);
        Should.Throw<OverflowException>(() => new Coins(UInt128.MaxValue) * 2);
    }

    [Fact]
    public void Decimals_finer_than_a_nanoton_are_refused()
    {
        Coins.FromTon(0.25m).ShouldBe(Coins.FromNano(250_000_000));
        Should.Throw<ArgumentOutOfRangeException>(() => Coins.FromTon(0.0000000001m));
        Should.Throw<ArgumentOutOfRangeException>(() => Coins.FromTon(-1));
        Should.Throw<ArgumentOutOfRangeException>(() => Coins.FromTon(decimal.MaxValue));
    }
}
