namespace Cocoon.Protocol.Framing;

/// <summary>What is wrong with a stream of packets.</summary>
public enum FramingError
{
    /// <summary>A packet announces a body that is too short or too long.</summary>
    LengthOutOfRange,

    /// <summary>A packet does not carry the next number.</summary>
    SequenceMismatch,

    /// <summary>The stream ended within a packet.</summary>
    Truncated,

    /// <summary>A packet to be sent is too large; nothing of it was sent.</summary>
    TooLargeToSend,
}
