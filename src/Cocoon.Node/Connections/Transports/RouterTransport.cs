using System.Net;
using Cocoon.Attestation;
using Cocoon.Attestation.PeerInfo;
using Cocoon.Node.Configuration;
using Microsoft.AspNetCore.Connections;

namespace Cocoon.Node.Connections.Transports;

/// <summary>
/// <c>router</c>: the network's router on this machine does proof of work and TLS, and writes a peer-info frame ahead of the peer's bytes. Peers
/// are dialled through its SOCKS5 port.
/// </summary>
internal sealed class RouterTransport(IPEndPoint router, EvidenceServices evidence, LinkLimitOptions limits, TimeProvider time) : IPeerTransport
{
    // The router writes its frame when it has reached the peer, solved its puzzle, shaken hands and judged its evidence, and is granted time for each.
    private readonly TimeSpan _frameOfDialled = limits.Dial + limits.ProofOfWork + limits.TlsHandshake + limits.Evidence + limits.Router;

    public string Name => PeerTransports.Router;

    public IPEndPoint Via => router;

    /// <summary>Every connection comes from loopback; whence it really comes is in the frame.</summary>
    public ConnectionLimiter PortLimiter(ConnectionLimiter sources) => sources.WithoutAddresses();

    public ConnectionDelegate Accept(AcceptTerms terms, ConnectionDelegate serve)
    {
        var policy = evidence.CreatePolicy(terms.Policy);
        return async connection =>
        {
            var peer = await ReadAsync(connection, limits.Router).ConfigureAwait(false);
            var address = peer.Source.Address;
            if (terms.Sources.TryEnter(address) is { } refusal)
                throw new IOException(refusal);
            try
            {
                Judge(connection, policy, peer);
                await serve(connection).ConfigureAwait(false);
            }
            finally
            {
                terms.Sources.Leave(address);
            }
        };
    }

    public ConnectionDelegate Dial(string policy, ConnectionDelegate serve)
    {
        var judge = evidence.CreatePolicy(policy);
        return async connection =>
        {
            var target = connection.Features.Get<PeerTarget>()!;
            await Deadline.RunAsync(
                limits.Router, time, "The router's SOCKS5 exchange", token => Socks5Client.ConnectAsync(connection.Transport, target, token),
                connection.ConnectionClosed).ConfigureAwait(false);
            Judge(connection, judge, await ReadAsync(connection, _frameOfDialled).ConfigureAwait(false));
            await serve(connection).ConfigureAwait(false);
        };
    }

    public void Dispose()
    {
    }

    private Task<AttestedPeerInfo> ReadAsync(ConnectionContext connection, TimeSpan limit) => Deadline.RunAsync(
        limit, time, "The router's peer info frame", token => PeerInfoReader.ReadAsync(connection.Transport.Input, token), connection.ConnectionClosed);

    private static void Judge(ConnectionContext connection, IEvidencePolicy policy, AttestedPeerInfo peer)
    {
        var verdict = policy.Evaluate(peer);
        connection.Features.Set(verdict.Evidence ?? throw new IOException($"policy '{policy.Name}': {verdict.Refusal ?? "it gave no verdict."}"));
    }
}
