using Cocoon.Contracts.Economics;

namespace Cocoon.Contracts.Tests.Economics;

public sealed class AdjustedTokensTests
{
    [Theory]
    [InlineData(100, 1000, 10000, 100)]
    [InlineData(23, 1000, 10000, 23)]
    [InlineData(29, 1000, 10000, 29)]
    [InlineData(23, 1500, 10000, 34)]
    [InlineData(11, 1000, 1000, 1)]
    [InlineData(90, 1000, 80000, 720)]
    [InlineData(7, 333, 10000, 2)]
    [InlineData(1000000007, 1234, 12345, 1523373010)]
    public void Vector_13_7_Adjusting_gives_the_numbers_of_the_network(long tokens, int coefficient, uint multiplier, long expected) =>
        AdjustedTokens.Adjust(tokens, new Coefficient(coefficient), new Multiplier(multiplier)).Value.ShouldBe(expected);

    [Fact]
    public void Vector_13_7_Binary_rounding_is_kept_where_exact_arithmetic_would_differ()
    {
        var lower = 0;
        for (var tokens = 1; tokens <= 2000; tokens++)
        {
            for (var coefficient = 1; coefficient <= 2000; coefficient += 7)
            {
                var exact = (long)tokens * coefficient / 1000;
                var found = AdjustedTokens.Adjust(tokens, new Coefficient(coefficient), Multiplier.One).Value;
                if (found == exact)
                    continue;
                found.ShouldBe(exact - 1);
                ((long)tokens * coefficient % 1000).ShouldBe(0);
                lower++;
            }
        }
        lower.ShouldBePositive();
    }

    [Fact]
    public void The_factors_are_applied_from_left_to_right() =>
        AdjustedTokens.Adjust(long.MaxValue / 4, Coefficient.One, Multiplier.One).Value
            .ShouldBe((long)((double)(long.MaxValue / 4) * (1000 * 0.001) * 10000 * 0.0001));

    [Fact]
    public void Vector_13_7_Precision_is_lost_above_2_to_the_53() =>
        AdjustedTokens.Adjust((1L << 53) + 1, Coefficient.One, Multiplier.One).Value.ShouldBe(1L << 53);

    [Fact]
    public void A_result_that_does_not_fit_is_refused() =>
        Should.Throw<OverflowException>(() => AdjustedTokens.Adjust(long.MaxValue, new Coefficient(2000), Multiplier.One));

    [Fact]
    public void Sums_and_differences_never_wrap()
    {
        Should.Throw<OverflowException>(() => new AdjustedTokens(long.MaxValue) + new AdjustedTokens(1));
        Should.Throw<OverflowException>(() => new AdjustedTokens(long.MinValue) - new AdjustedTokens(1));
        (new AdjustedTokens(3) - new AdjustedTokens(5)).Value.ShouldBe(-2);
    }

    [Fact]
    public void A_reservation_counts_request_bytes_as_tokens_at_the_highest_coefficient() =>
        AdjustedTokens.Reservation(4000, 148, new Coefficient(1500)).Value.ShouldBe(6222);

    [Fact]
    public void The_largest_reservation_a_wire_message_can_ask_for_fits() =>
        AdjustedTokens.Reservation(int.MaxValue, 16 * 1024 * 1024, new Coefficient(int.MaxValue)).Value.ShouldBePositive();
}
