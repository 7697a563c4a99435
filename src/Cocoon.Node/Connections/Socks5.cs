using System.Buffers;
using System.IO.Pipelines;

namespace Cocoon.Node.Connections;

/// <summary>The numbers of SOCKS version 5 (RFC 1928) that the network's routers use, and how its messages are read.</summary>
public static class Socks5
{
    /// <summary>The first byte of every message.</summary>
    public const byte Version = 5;

    /// <summary>The method without authentication, and the reply that the request is granted.</summary>
    public const byte None = 0;

    /// <summary>The only command in use: open a TCP connection.</summary>
    public const byte Connect = 1;

    /// <summary>An address of 4 bytes follows.</summary>
    public const byte IPv4 = 1;

    /// <summary>A host name follows, its length in one byte first.</summary>
    public const byte Name = 3;

    /// <summary>An address of 16 bytes follows.</summary>
    public const byte IPv6 = 4;

    /// <summary>Takes exactly so many bytes, and none that come after them.</summary>
    /// <exception cref="IOException">The connection ended first.</exception>
    public static async Task<byte[]> TakeAsync(PipeReader input, int size, string from, CancellationToken cancellationToken)
    {
        var result = await input.ReadAtLeastAsync(size, cancellationToken).ConfigureAwait(false);
        if (result.Buffer.Length < size)
        {
            throw new IOException(
                $"The {from} closed the connection after {result.Buffer.Length} of {size} bytes of a SOCKS5 message.");
        }
        var message = result.Buffer.Slice(0, size);
        var bytes = message.ToArray();
        input.AdvanceTo(message.End);
        return bytes;
    }
}
