using System.Net;
using Cocoon.Attestation;
using Cocoon.Attestation.PeerInfo;
using Cocoon.Node.Configuration;
using Cocoon.Node.Connections;
using Cocoon.Router.Configuration;
using Cocoon.Router.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Cocoon.Router.Ports;

/// <summary>What happens on the connections of one port.</summary>
internal sealed class PortRoutes(RouterPort port, AttestedTls tls, RouterOptions options, TimeProvider time)
{
    private readonly LinkLimitOptions _limits = options.Limits;

    /// <summary>The layers of an accepted connection.</summary>
    public ConnectionDelegate Pipeline => port.Kind == RouterPortKind.Reverse
        ? PeerPipeline.Accept(tls, port.Options.ProofOfWorkDifficulty, _limits.ProofOfWork, time, ServePeerAsync)
        : ServeLocalAsync;

    // The peer has proved to hold its key before the local program hears of it.
    private async Task ServePeerAsync(ConnectionContext peer)
    {
        var backend = await DialAsync(port.Destination!, peer).ConfigureAwait(false);
        await using (backend.ConfigureAwait(false))
        {
            await TellAsync(backend, peer, peer.RemoteEndPoint, backend.RemoteEndPoint).ConfigureAwait(false);
            await PumpAsync(peer, backend).ConfigureAwait(false);
        }
    }

    private async Task ServeLocalAsync(ConnectionContext local)
    {
        var target = port.Destination ?? await Deadline.RunAsync(
            _limits.Router, time, "The SOCKS5 exchange", token => SocksServer.AcceptAsync(local.Transport, (IPEndPoint)local.LocalEndPoint!, token),
            local.ConnectionClosed).ConfigureAwait(false);
        var remote = await DialAsync(target, local).ConfigureAwait(false);
        await using (remote.ConfigureAwait(false))
        {
            using var abort = local.ConnectionClosed.UnsafeRegister(
                static link => ((SocketLink)link!).Abort(new ConnectionAbortedException("The router stops.")), remote);
            await PeerPipeline.Dial(tls, port.Options.MaxProofOfWorkDifficulty, _limits.ProofOfWork, time, async peer =>
            {
                await TellAsync(local, peer, local.RemoteEndPoint, peer.RemoteEndPoint).ConfigureAwait(false);
                await PumpAsync(local, peer).ConfigureAwait(false);
            })(remote).ConfigureAwait(false);
        }
    }

    private async Task<SocketLink> DialAsync(PeerTarget target, ConnectionContext asked) =>
        new(await TcpDial.ConnectAsync(target.Host, target.Port, _limits.Dial, time, asked.ConnectionClosed).ConfigureAwait(false));

    private async Task TellAsync(ConnectionContext local, ConnectionContext peer, EndPoint? source, EndPoint? destination)
    {
        if (!port.Options.PeerInfo)
            return;
        var frame = AttestedPeerInfo.Of(peer.Features.Get<PeerEvidence>()!, (IPEndPoint)source!, (IPEndPoint)destination!).ToFrame();
        await Deadline.RunAsync(
            _limits.Router, time, "Writing the peer info frame", token => local.Transport.Output.WriteAsync(frame, token).AsTask(), local.ConnectionClosed)
            .ConfigureAwait(false);
    }

    private Task PumpAsync(ConnectionContext one, ConnectionContext other) =>
        Pump.RunAsync(one.Transport, other.Transport, TimeSpan.FromSeconds(options.IdleSeconds), time, one.ConnectionClosed);
}
