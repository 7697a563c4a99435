namespace Cocoon.Protocol.Framing;

/// <summary>A stream of packets broke the rules of framing.</summary>
public sealed class FramingException : IOException
{
    /// <summary>Makes an error of a kind, with a reason.</summary>
    public FramingException(FramingError error, string message)
        : base(message) => Error = error;

    /// <summary>Which rule was broken.</summary>
    public FramingError Error { get; }
}
