namespace Cocoon.Client.Proxies;

/// <summary>How far a session with a proxy has come.</summary>
internal enum ProxySessionState
{
    /// <summary>Saying hello.</summary>
    Connecting,

    /// <summary>Showing the secret.</summary>
    Authorizing,

    /// <summary>Registering through the chain, which takes money in the wallet and some blocks.</summary>
    Registering,

    /// <summary>Ready for requests.</summary>
    Ready,

    /// <summary>Over.</summary>
    Ended,
}
