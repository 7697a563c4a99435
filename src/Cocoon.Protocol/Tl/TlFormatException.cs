namespace Cocoon.Protocol.Tl;

/// <summary>Bytes are not the object they should be. The message never repeats the bytes.</summary>
public sealed class TlFormatException : FormatException
{
    /// <summary>Makes an error with a reason.</summary>
    public TlFormatException(string message)
        : base(message)
    {
    }

    internal static TlFormatException UnknownConstructor(uint id) => new($"No message has the constructor id 0x{id:x8}.");

    internal static TlFormatException UnexpectedConstructor(uint id, string type) =>
        new($"Expected a constructor of {type}, found {TlRegistry.Describe(id)}.");
}
