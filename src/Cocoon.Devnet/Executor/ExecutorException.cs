namespace Cocoon.Devnet.Executor;

/// <summary>The executor could not be started, died, or did not answer. The chain is as it was before the request.</summary>
public sealed class ExecutorException : Exception
{
    /// <summary>Says what failed and what to do about it.</summary>
    public ExecutorException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>Nothing can be executed until somebody mends what the message names; false when it may be due to this one request.</summary>
    public bool IsUnavailable { get; init; }
}
