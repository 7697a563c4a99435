using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>tokensUsed</c>: The tokens of one request, adjusted by coefficient and multipliers.</summary>
/// <param name="PromptTokensUsed">Prompt tokens, adjusted.</param>
/// <param name="CachedTokensUsed">Prompt tokens served from a cache, adjusted.</param>
/// <param name="CompletionTokensUsed">Completion tokens, adjusted.</param>
/// <param name="ReasoningTokensUsed">Reasoning tokens, adjusted.</param>
/// <param name="TotalTokensUsed">What is charged, in adjusted tokens.</param>
[TlConstructor("tokensUsed")]
public sealed partial record TokensUsed(
    long PromptTokensUsed,
    long CachedTokensUsed,
    long CompletionTokensUsed,
    long ReasoningTokensUsed,
    long TotalTokensUsed);
