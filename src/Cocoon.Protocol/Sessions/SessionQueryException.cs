namespace Cocoon.Protocol.Sessions;

/// <summary>A query was refused: by the peer, when thrown by a session; by us, when thrown by a handler.</summary>
public sealed class SessionQueryException : Exception
{
    private const int MaxPeerTextLength = 512;

    /// <summary>Makes a refusal. The message is sent to the peer.</summary>
    /// <param name="code">One of <see cref="ErrorCodes"/>.</param>
    /// <param name="message">What is wrong, for people.</param>
    /// <param name="cause">What led to it; not sent.</param>
    public SessionQueryException(int code, string message, Exception? cause = null)
        : base(message, cause) => Code = code;

    /// <summary>One of <see cref="ErrorCodes"/>, or whatever the peer sent.</summary>
    public int Code { get; }

    /// <summary>Whether, when thrown by a handler, the session ends once the refusal has been written: so ends every failed handshake.</summary>
    public bool EndsSession { get; init; }

    /// <summary>The peer's text ends up in logs and on consoles, so it is made short and printable.</summary>
    internal static SessionQueryException FromPeer(int code, string text) =>
        new(code, PeerText.Printable(PeerText.Cut(text, MaxPeerTextLength)));
}
