using Cocoon.Contracts.Economics;
using Cocoon.Ton;

namespace Cocoon.Contracts.Tests.Economics;

public sealed class TokenPriceTests
{
    [Fact]
    public void The_greatest_price_of_the_greatest_count_is_exact() =>
        new TokenPrice(ulong.MaxValue).Cost(new AdjustedTokens(long.MaxValue)).NanoTon.ShouldBe((UInt128)ulong.MaxValue * (ulong)long.MaxValue);

    [Fact]
    public void Only_whole_tokens_are_bought() => new TokenPrice(20).TokensFor(new Coins(59)).Value.ShouldBe(2);

    [Fact]
    public void A_price_of_zero_buys_the_stand_in_for_any_number() => new TokenPrice(0).TokensFor(Coins.Zero).Value.ShouldBe(1_000_000_000_000);

    [Fact]
    public void More_tokens_than_fit_are_cut() => new TokenPrice(1).TokensFor(new Coins((UInt128)1 << 100)).Value.ShouldBe(long.MaxValue);

    [Fact]
    public void A_negative_count_has_no_cost() =>
        Should.Throw<ArgumentOutOfRangeException>(() => new TokenPrice(1).Cost(new AdjustedTokens(-1)));
}
