namespace Cocoon.Inference;

/// <summary>Raw token counts of one answer, as the engine reports them.</summary>
/// <param name="PromptTokens">Tokens of the prompt, including the cached ones.</param>
/// <param name="CachedTokens">Tokens of the prompt that came from a cache.</param>
/// <param name="CompletionTokens">Tokens produced, including reasoning.</param>
/// <param name="ReasoningTokens">Tokens produced for reasoning.</param>
public readonly record struct TokenUsage(long PromptTokens, long CachedTokens, long CompletionTokens, long ReasoningTokens)
{
    /// <summary>The larger of each count.</summary>
    public static TokenUsage Max(TokenUsage a, TokenUsage b) => new(
        Math.Max(a.PromptTokens, b.PromptTokens),
        Math.Max(a.CachedTokens, b.CachedTokens),
        Math.Max(a.CompletionTokens, b.CompletionTokens),
        Math.Max(a.ReasoningTokens, b.ReasoningTokens));
}
