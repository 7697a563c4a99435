namespace Cocoon.Client.Gateway;

/// <summary>A request cannot be served; the error says what its caller is told.</summary>
internal sealed class GatewayException(OpenAiError error, bool retryable = false) : Exception(error.Message)
{
    public OpenAiError Error { get; } = error;

    /// <summary>Whether another attempt, best at another proxy, may succeed.</summary>
    public bool Retryable { get; } = retryable;
}
