namespace Cocoon.Inference;

/// <summary>
/// An engine gave no (whole) answer. Messages reach callers of the network: they contain no parts of prompts or answers, and no addresses.
/// </summary>
public sealed class EngineException : IOException
{
    /// <summary>Creates the exception.</summary>
    public EngineException(EngineErrorCode code, string message, Exception? inner = null) : base(message, inner) => Code = code;

    /// <summary>What kind of failure it is.</summary>
    public EngineErrorCode Code { get; }

    /// <summary>Which server failed, if it is known. For the operator's log only: the address may be an internal one.</summary>
    public string? Server { get; init; }
}
