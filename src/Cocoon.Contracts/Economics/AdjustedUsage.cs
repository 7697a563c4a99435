namespace Cocoon.Contracts.Economics;

/// <summary>What one request used, in adjusted tokens.</summary>
/// <param name="Prompt">Prompt tokens that were not cached.</param>
/// <param name="Cached">Prompt tokens served from a cache.</param>
/// <param name="Completion">Generated tokens that are not reasoning.</param>
/// <param name="Reasoning">Generated reasoning tokens.</param>
public readonly record struct AdjustedUsage(AdjustedTokens Prompt, AdjustedTokens Cached, AdjustedTokens Completion, AdjustedTokens Reasoning)
{
    /// <summary>The sum, the only figure that money follows.</summary>
    /// <exception cref="OverflowException">The sum does not fit 64 bits.</exception>
    public AdjustedTokens Total => Prompt + Cached + Completion + Reasoning;
}
