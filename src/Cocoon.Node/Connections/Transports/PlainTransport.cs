using System.Net;
using Cocoon.Attestation;
using Cocoon.Node.Configuration;
using Microsoft.AspNetCore.Connections;

namespace Cocoon.Node.Connections.Transports;

/// <summary><c>plain</c>: nothing but TCP between processes of one machine, on test networks.</summary>
internal sealed class PlainTransport : IPeerTransport
{
    public string Name => PeerTransports.Plain;

    public IPEndPoint? Via => null;

    public ConnectionDelegate Accept(AcceptTerms terms, ConnectionDelegate serve)
    {
        CheckPolicy(terms.Policy);
        return Unattested(serve);
    }

    public ConnectionDelegate Dial(string policy, ConnectionDelegate serve)
    {
        CheckPolicy(policy);
        return Unattested(serve);
    }

    public void Dispose()
    {
    }

    internal static void CheckPolicy(string policy)
    {
        if (policy != "any")
            throw new ConfigurationException($"Transport 'plain' carries no evidence, so policy '{policy}' would refuse every peer: use 'any' or another transport.");
    }

    private static ConnectionDelegate Unattested(ConnectionDelegate serve) => connection =>
    {
        if (connection.RemoteEndPoint is not IPEndPoint { Address: var address } || !IPAddress.IsLoopback(address))
            throw new IOException($"Transport 'plain' is not encrypted and stays on this machine, found a peer at {connection.RemoteEndPoint}.");
        connection.Features.Set(PeerEvidence.Unattested(default));
        return serve(connection);
    };
}
