namespace Cocoon.Proxy.Sessions;

/// <summary>Where a client's handshake stands; it only moves forward.</summary>
internal enum ClientSessionState
{
    Connecting,
    Introducing,
    Proving,
    Judging,
    Authorizing,
    Registering,
    Ready,
}
