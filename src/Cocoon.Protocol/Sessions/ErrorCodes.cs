namespace Cocoon.Protocol.Sessions;

/// <summary>The error codes of the Cocoon wire protocol, in <c>tcp.queryError</c> and in the error answers to requests.</summary>
public static class ErrorCodes
{
    /// <summary>An error without a code of its own.</summary>
    public const int None = 0;

    /// <summary>Something failed for good.</summary>
    public const int Failure = 601;

    /// <summary>The request cannot be served as it is.</summary>
    public const int Error = 602;

    /// <summary>Something is odd.</summary>
    public const int Warning = 603;

    /// <summary>The peer broke the protocol.</summary>
    public const int ProtocolViolation = 621;

    /// <summary>Not now; another time or another peer may do.</summary>
    public const int NotReady = 651;

    /// <summary>Time ran out.</summary>
    public const int Timeout = 652;

    /// <summary>The request was cancelled.</summary>
    public const int Cancelled = 653;
}
