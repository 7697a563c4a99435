using Cocoon.Inference.Sampling;

namespace Cocoon.Inference.Tests.Sampling;

public sealed class SamplerTests
{
    private static readonly float[] Logits = [MathF.Log(0.1f), MathF.Log(0.6f), MathF.Log(0.25f), MathF.Log(0.05f)];

    [Fact]
    public void Temperature_zero_takes_the_most_likely_token() =>
        Draw(new SamplingOptions { Temperature = 0 }, 50).ShouldAllBe(token => token == 1);

    [Fact]
    public void Tokens_are_drawn_as_often_as_they_are_likely()
    {
        var drawn = Draw(new SamplingOptions(), 20_000);
        drawn.Count(token => token == 1).ShouldBeInRange(11_700, 12_300);
        drawn.Count(token => token == 3).ShouldBeInRange(850, 1_150);
    }

    [Fact]
    public void Top_p_keeps_only_the_most_likely_tokens()
    {
        var drawn = Draw(new SamplingOptions { TopP = 0.8 }, 5_000);
        drawn.Distinct().Order().ShouldBe([1, 2]);
        drawn.Count(token => token == 1).ShouldBeInRange(3_350, 3_700);
        Draw(new SamplingOptions { TopP = 0 }, 100).ShouldAllBe(token => token == 1);
    }

    [Fact]
    public void Equal_seeds_choose_equal_tokens()
    {
        Draw(new SamplingOptions(), 100, 5).ShouldBe(Draw(new SamplingOptions(), 100, 5));
        Draw(new SamplingOptions(), 100, 5).ShouldNotBe(Draw(new SamplingOptions(), 100, 6));
    }

    [Fact]
    public void A_presence_penalty_makes_the_next_token_another_one()
    {
        var sampler = new Sampler(4);
        sampler.Start(new SamplingOptions { Temperature = 0, PresencePenalty = 2 }, 1);
        sampler.Choose([.. Logits]).ShouldBe(1);
        sampler.Choose([.. Logits]).ShouldBe(2);
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e-7)]
    public void A_very_small_temperature_takes_the_most_likely_token(double temperature) =>
        Draw(new SamplingOptions { Temperature = temperature }, 100).ShouldAllBe(token => token == 1);

    [Fact]
    public void Scores_that_are_no_numbers_still_give_a_token()
    {
        var sampler = new Sampler(4);
        sampler.Start(new SamplingOptions { TopP = 0.5 }, 1);
        sampler.Choose([float.NaN, float.NaN, 1, float.PositiveInfinity]).ShouldBeInRange(0, 3);
    }

    private static List<int> Draw(SamplingOptions options, int count, ulong seed = 1)
    {
        var sampler = new Sampler(Logits.Length);
        sampler.Start(options, seed);
        var tokens = new List<int>();
        for (var i = 0; i < count; i++)
            tokens.Add(sampler.Choose([.. Logits]));
        return tokens;
    }
}
