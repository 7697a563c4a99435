using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Cocoon.Node.Connections;

namespace Cocoon.Router.Ports;

/// <summary>The router's side of SOCKS5 (RFC 1928): no authentication, CONNECT, addresses and host names.</summary>
internal static class SocksServer
{
    private const byte NoMethod = 0xff;
    private const byte CommandNotSupported = 7;
    private const byte AddressTypeNotSupported = 8;

    /// <summary>
    /// Reads which peer is asked for and grants it at once, as the network's routers do: what goes wrong later closes the connection.
    /// </summary>
    /// <param name="client">The local program's connection.</param>
    /// <param name="bound">The address that the reply names.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">It asks for something else; where SOCKS5 has words for that, it was told.</exception>
    public static async Task<PeerTarget> AcceptAsync(IDuplexPipe client, IPEndPoint bound, CancellationToken cancellationToken)
    {
        var head = await TakeAsync(2).ConfigureAwait(false);
        RequireVersion(head[0]);
        var methods = head[1] == 0 ? [] : await TakeAsync(head[1]).ConfigureAwait(false);
        var chosen = methods.Contains(Socks5.None) ? Socks5.None : NoMethod;
        await SendAsync([Socks5.Version, chosen]).ConfigureAwait(false);
        if (chosen == NoMethod)
            throw new IOException($"The SOCKS5 client offers {methods.Length} methods of authentication, wanted 0 (none) among them.");

        var request = await TakeAsync(4).ConfigureAwait(false);
        RequireVersion(request[0]);
        if (request[1] != Socks5.Connect)
            throw await RefuseAsync(CommandNotSupported, $"command {request[1]}, wanted 1 (CONNECT)").ConfigureAwait(false);
        var host = request[3] switch
        {
            Socks5.IPv4 => new IPAddress(await TakeAsync(4).ConfigureAwait(false)).ToString(),
            Socks5.IPv6 => new IPAddress(await TakeAsync(16).ConfigureAwait(false)).ToString(),
            Socks5.Name => HostName(await TakeAsync((await TakeAsync(1).ConfigureAwait(false))[0]).ConfigureAwait(false)),
            _ => null,
        };
        if (host is null)
            throw await RefuseAsync(AddressTypeNotSupported, $"address type {request[3]}, wanted 1 (IPv4), 3 (a host name) or 4 (IPv6)").ConfigureAwait(false);
        var port = BinaryPrimitives.ReadUInt16BigEndian(await TakeAsync(sizeof(ushort)).ConfigureAwait(false));
        await SendAsync(Reply(Socks5.None, bound)).ConfigureAwait(false);
        return new PeerTarget(host, port);

        Task<byte[]> TakeAsync(int size) => Socks5.TakeAsync(client.Input, size, "SOCKS5 client", cancellationToken);

        async Task SendAsync(byte[] message) => await client.Output.WriteAsync(message, cancellationToken).ConfigureAwait(false);

        async Task<IOException> RefuseAsync(byte code, string found)
        {
            await SendAsync(Reply(code, bound)).ConfigureAwait(false);
            return new IOException($"The SOCKS5 client sends {found}.");
        }
    }

    private static byte[] Reply(byte code, IPEndPoint bound)
    {
        var address = bound.Address.GetAddressBytes();
        var reply = new byte[4 + address.Length + sizeof(ushort)];
        reply[0] = Socks5.Version;
        reply[1] = code;
        reply[3] = address.Length == 4 ? Socks5.IPv4 : Socks5.IPv6;
        address.CopyTo(reply, 4);
        BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(4 + address.Length), (ushort)bound.Port);
        return reply;
    }

    // Names end up in logs.
    private static string HostName(byte[] name) =>
        name.Length > 0 && Array.TrueForAll(name, letter => char.IsAsciiLetterOrDigit((char)letter) || letter is (byte)'.' or (byte)'-' or (byte)'_')
            ? Encoding.ASCII.GetString(name)
            : throw new IOException("The SOCKS5 client asks for a host name that is empty or has characters other than letters, digits, '.', '-' and '_'.");

    private static void RequireVersion(byte found)
    {
        if (found != Socks5.Version)
            throw new IOException($"The client speaks version {found}, wanted SOCKS version 5.");
    }
}
