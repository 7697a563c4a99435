using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Cocoon.Node.Connections;

/// <summary>Asks a router for a connection in SOCKS5 without authentication, as the network's roles do (RFC 1928).</summary>
public static class Socks5Client
{
    private const string Router = "router";

    /// <summary>
    /// Asks for a connection and returns when it is granted. Nothing is read past the reply. The network's router grants before it has
    /// reached the peer, takes IPv4 addresses only, and says no by closing the connection.
    /// </summary>
    /// <exception cref="IOException">The router refused or does not speak SOCKS5.</exception>
    public static async Task ConnectAsync(IDuplexPipe transport, PeerTarget peer, CancellationToken cancellationToken)
    {
        await transport.Output.WriteAsync(new byte[] { Socks5.Version, 1, Socks5.None }, cancellationToken).ConfigureAwait(false);
        var choice = await Socks5.TakeAsync(transport.Input, 2, Router, cancellationToken).ConfigureAwait(false);
        RequireVersion(choice[0]);
        if (choice[1] != Socks5.None)
            throw new IOException($"The router wants authentication method {choice[1]}, this node offers only 0 (none). Let the router take connections without authentication.");

        await transport.Output.WriteAsync(Request(peer), cancellationToken).ConfigureAwait(false);
        // Version, reply, a reserved byte, address type and the address's first byte, which is the length of a name.
        var reply = await Socks5.TakeAsync(transport.Input, 5, $"router, asked for {peer},", cancellationToken).ConfigureAwait(false);
        RequireVersion(reply[0]);
        if (reply[1] != Socks5.None)
            throw new IOException($"The router refused to connect to {peer}: SOCKS5 reply {reply[1]}, wanted 0.");
        var address = reply[3] switch
        {
            Socks5.IPv4 => 4,
            Socks5.IPv6 => 16,
            Socks5.Name => 1 + reply[4],
            var type => throw new IOException($"The router's SOCKS5 reply has address type {type}, wanted 1, 3 or 4."),
        };
        await Socks5.TakeAsync(transport.Input, address - 1 + sizeof(ushort), Router, cancellationToken).ConfigureAwait(false);
    }

    private static byte[] Request(PeerTarget peer)
    {
        var (type, host) = IPAddress.TryParse(peer.Host, out var address)
            ? (address.AddressFamily == AddressFamily.InterNetwork ? Socks5.IPv4 : Socks5.IPv6, address.GetAddressBytes())
            : (Socks5.Name, NameBytes(peer.Host));
        var request = new byte[4 + host.Length + sizeof(ushort)];
        request[0] = Socks5.Version;
        request[1] = Socks5.Connect;
        request[3] = type;
        host.CopyTo(request, 4);
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(4 + host.Length), checked((ushort)peer.Port));
        return request;
    }

    private static byte[] NameBytes(string host) => host.Length is > 0 and <= byte.MaxValue
        ? [(byte)host.Length, .. Encoding.ASCII.GetBytes(host)]
        : throw new IOException($"A host name of {host.Length} characters cannot be asked for in SOCKS5, wanted 1 to 255.");

    private static void RequireVersion(byte found)
    {
        if (found != Socks5.Version)
            throw new IOException($"The router answers in version {found}, wanted SOCKS version 5. Is option Router the router's SOCKS5 port?");
    }
}
