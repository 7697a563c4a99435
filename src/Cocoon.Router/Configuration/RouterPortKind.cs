namespace Cocoon.Router.Configuration;

/// <summary>What a router's port is for.</summary>
internal enum RouterPortKind
{
    /// <summary>Local programs ask in SOCKS5 for a peer.</summary>
    Socks5,

    /// <summary>Local programs reach one fixed peer.</summary>
    Forward,

    /// <summary>Peers reach one local program.</summary>
    Reverse,
}
