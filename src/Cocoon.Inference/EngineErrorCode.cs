namespace Cocoon.Inference;

/// <summary>Why an engine gave no (whole) answer.</summary>
public enum EngineErrorCode
{
    /// <summary>It cannot be reached.</summary>
    Unavailable,

    /// <summary>It did not answer, or stopped in the middle of its answer, for longer than configured.</summary>
    Timeout,

    /// <summary>Its answer breaks off or is no valid HTTP, or it exceeds a limit.</summary>
    Protocol,
}
