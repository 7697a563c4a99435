namespace Cocoon.Inference.Sampling;

/// <summary>How the next token is chosen; meaning and ranges as in the OpenAI API.</summary>
internal sealed record SamplingOptions
{
    /// <summary>0 always takes the most likely token; up to 2.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Only the most likely tokens that together have this probability; above 0, up to 1.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Taken off a token's score for each time it was produced; −2 to 2.</summary>
    public double FrequencyPenalty { get; init; }

    /// <summary>Taken off a token's score once it was produced; −2 to 2.</summary>
    public double PresencePenalty { get; init; }
}
