namespace Cocoon.Devnet.Chain;

/// <summary>The chain does not take an external message. Nothing has changed.</summary>
public sealed class MessageRejectedException : Exception
{
    /// <summary>Says why.</summary>
    public MessageRejectedException(string message, int? exitCode = null)
        : base(message) => ExitCode = exitCode;

    /// <summary>The exit code the contract ended with before it accepted the message; null when it did not get to run.</summary>
    public int? ExitCode { get; }
}
