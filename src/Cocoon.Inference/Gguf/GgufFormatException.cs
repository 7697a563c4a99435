namespace Cocoon.Inference.Gguf;

/// <summary>A GGUF file breaks the format, a limit, or what the built-in engine can run. The message says what was found and wanted.</summary>
public sealed class GgufFormatException : IOException
{
    /// <summary>Creates the exception with a message for the operator.</summary>
    public GgufFormatException(string message) : base(message)
    {
    }
}
