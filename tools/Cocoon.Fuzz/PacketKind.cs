namespace Cocoon.Fuzz;

/// <summary>Which packet carries a message.</summary>
internal enum PacketKind
{
    /// <summary><c>tcp.packet</c></summary>
    Message,

    /// <summary><c>tcp.query</c></summary>
    Query,

    /// <summary><c>tcp.queryAnswer</c> to what the role asked last.</summary>
    Answer,

    /// <summary>None: the bytes are a packet of their own.</summary>
    Bare,
}
