using Cocoon.Contracts.Economics;

namespace Cocoon.Contracts.Tests.Economics;

public sealed class TokenMultipliersTests
{
    private static readonly TokenMultipliers Multipliers = new(new(10000), new(2500), new(30000), new(40000));

    [Fact]
    public void Each_kind_of_token_has_its_own_multiplier()
    {
        var usage = Multipliers.Adjust(promptTokens: 120, cachedTokens: 20, completionTokens: 60, reasoningTokens: 10, new Coefficient(2000));
        usage.ShouldBe(new AdjustedUsage(new(200), new(10), new(300), new(80)));
        usage.Total.Value.ShouldBe(590);
    }

    [Fact]
    public void A_part_larger_than_its_whole_never_makes_a_negative_count() =>
        TokenMultipliers.One.Adjust(5, 9, 3, 8, Coefficient.One).ShouldBe(new AdjustedUsage(new(0), new(9), new(0), new(8)));

    [Theory]
    [InlineData(-1, 0, 0, 0)]
    [InlineData(0, -1, 0, 0)]
    [InlineData(0, 0, -1, 0)]
    [InlineData(0, 0, 0, -1)]
    public void Negative_counts_are_refused(long prompt, long cached, long completion, long reasoning) =>
        Should.Throw<ArgumentOutOfRangeException>(() => TokenMultipliers.One.Adjust(prompt, cached, completion, reasoning, Coefficient.One));

    [Fact]
    public void Coefficient_zero_is_free_of_charge() =>
        Multipliers.Adjust(100, 10, 100, 10, new Coefficient(0)).Total.ShouldBe(AdjustedTokens.Zero);
}
