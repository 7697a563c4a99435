namespace Cocoon.Contracts.Economics;

/// <summary>The network's four multipliers, one for each kind of token.</summary>
/// <param name="Prompt">For prompt tokens that were not cached.</param>
/// <param name="Cached">For prompt tokens served from a cache.</param>
/// <param name="Completion">For generated tokens that are not reasoning.</param>
/// <param name="Reasoning">For generated reasoning tokens.</param>
public readonly record struct TokenMultipliers(Multiplier Prompt, Multiplier Cached, Multiplier Completion, Multiplier Reasoning)
{
    /// <summary>All four 1.0.</summary>
    public static TokenMultipliers One => new(Multiplier.One, Multiplier.One, Multiplier.One, Multiplier.One);

    /// <summary>
    /// Turns an engine's raw counts into what is paid for. Cached tokens are counted in the prompt and reasoning tokens in the completion;
    /// an engine that reports more of the part than of the whole gets zero for the rest, never less.
    /// </summary>
    /// <param name="promptTokens">Raw prompt tokens, cached ones included.</param>
    /// <param name="cachedTokens">Raw prompt tokens served from a cache.</param>
    /// <param name="completionTokens">Raw generated tokens, reasoning included.</param>
    /// <param name="reasoningTokens">Raw reasoning tokens.</param>
    /// <param name="coefficient">The worker's coefficient.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count is negative.</exception>
    /// <exception cref="OverflowException">A result does not fit 64 bits.</exception>
    public AdjustedUsage Adjust(long promptTokens, long cachedTokens, long completionTokens, long reasoningTokens, Coefficient coefficient)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(promptTokens);
        ArgumentOutOfRangeException.ThrowIfNegative(cachedTokens);
        ArgumentOutOfRangeException.ThrowIfNegative(completionTokens);
        ArgumentOutOfRangeException.ThrowIfNegative(reasoningTokens);
        return new AdjustedUsage(
            AdjustedTokens.Adjust(Math.Max(0, promptTokens - cachedTokens), coefficient, Prompt),
            AdjustedTokens.Adjust(cachedTokens, coefficient, Cached),
            AdjustedTokens.Adjust(Math.Max(0, completionTokens - reasoningTokens), coefficient, Completion),
            AdjustedTokens.Adjust(reasoningTokens, coefficient, Reasoning));
    }
}
