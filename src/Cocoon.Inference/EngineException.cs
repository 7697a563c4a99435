namespace Cocoon.Inference;

/// <summary>An engine gave no (whole) answer. Messages never contain parts of prompts or answers.</summary>
public sealed class EngineException : IOException
{
    /// <summary>Creates the exception.</summary>
    public EngineException(EngineErrorCode code, string message, Exception? inner = null) : base(message, inner) => Code = code;

    /// <summary>What kind of failure it is.</summary>
    public EngineErrorCode Code { get; }
}
