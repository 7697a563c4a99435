namespace Cocoon.Protocol.Generators;

/// <summary>What a field looks like on the wire.</summary>
internal enum WireKind
{
    Int,
    Long,
    Double,
    Bool,
    String,
    Bytes,
    Bits256,
    /// <summary>Another message, written without its id.</summary>
    Bare,
    /// <summary>One of several messages, written with its id.</summary>
    Sum,
}
