namespace Cocoon.Protocol.Sessions;

/// <summary>A session ended or could not be opened.</summary>
public sealed class SessionException : IOException
{
    /// <summary>Makes an error of a kind, with a reason.</summary>
    public SessionException(SessionEndReason reason, string message, Exception? cause = null)
        : base(message, cause) => Reason = reason;

    /// <summary>Why.</summary>
    public SessionEndReason Reason { get; }
}
