namespace Cocoon.Protocol.Sessions;

/// <summary>Why a session ended.</summary>
public enum SessionEndReason
{
    /// <summary>It was disposed of here.</summary>
    LocalClose,

    /// <summary>The peer closed the connection in good order.</summary>
    RemoteClose,

    /// <summary>It was given up here for a stated reason.</summary>
    Aborted,

    /// <summary>The peer refused this side before the handshake and said why.</summary>
    Refused,

    /// <summary>The peer broke the protocol.</summary>
    ProtocolViolation,

    /// <summary>Nothing was heard from the peer for too long.</summary>
    PeerSilent,

    /// <summary>The peer did not read what was sent to it for too long.</summary>
    PeerStalled,

    /// <summary>The handshake was not finished in time.</summary>
    HandshakeTimeout,

    /// <summary>The transport failed.</summary>
    ConnectionLost,

    /// <summary>The handler of messages failed.</summary>
    HandlerFailed,
}
