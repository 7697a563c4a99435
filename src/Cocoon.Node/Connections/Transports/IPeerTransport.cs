using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Cocoon.Node.Connections.Transports;

/// <summary>
/// What lies between a TCP connection and the session on it, and tells who the peer is. Chosen by name; used by several connections at once.
/// Whatever is served over it finds a <see cref="Attestation.PeerEvidence"/> among the connection's features.
/// </summary>
public interface IPeerTransport : IDisposable
{
    /// <summary>The name in configuration.</summary>
    string Name { get; }

    /// <summary>What is dialled instead of the peer and passes the connection on; null when the peer itself is.</summary>
    IPEndPoint? Via { get; }

    /// <summary>What counts connections as a port takes them in, given what counts them by the address they come from.</summary>
    ConnectionLimiter PortLimiter(ConnectionLimiter sources) => sources;

    /// <summary>The layers for accepted connections.</summary>
    /// <param name="terms">What is asked of the peer.</param>
    /// <param name="serve">What speaks over the connection.</param>
    /// <exception cref="Configuration.ConfigurationException">There is no such policy, or it cannot be met.</exception>
    ConnectionDelegate Accept(AcceptTerms terms, ConnectionDelegate serve);

    /// <summary>The layers for dialled connections.</summary>
    /// <param name="policy">The name of the policy that judges the peer.</param>
    /// <param name="serve">What speaks over the connection.</param>
    /// <exception cref="Configuration.ConfigurationException">There is no such policy, or it cannot be met.</exception>
    ConnectionDelegate Dial(string policy, ConnectionDelegate serve);
}
