using System.Globalization;
using Cocoon.Attestation.Certificates;
using Cocoon.Node.Configuration;
using Cocoon.Node.Connections;
using Cocoon.Protocol.ProofOfWork;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Cli.Commands.Attest;

/// <summary>A node's public port, of which only the certificate is wanted.</summary>
internal sealed record AttestPort(string Host, int Port)
{
    /// <summary>Reads host:port; an IPv6 address stands in brackets.</summary>
    public static AttestPort? TryParse(string text)
    {
        var at = text.LastIndexOf(':');
        return at > 0 && int.TryParse(text.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536
            ? new AttestPort(text[..at].Trim('[', ']'), port)
            : null;
    }

    /// <summary>Dials, does the work that is asked, takes the certificate and leaves. Each step is bounded in time as a node's own are.</summary>
    /// <returns>The certificate, X.509 DER.</returns>
    /// <exception cref="IOException">A step failed; the message says which.</exception>
    public async Task<byte[]> FetchCertificateAsync(int maxDifficulty, CancellationToken cancellationToken)
    {
        var limits = new NodeLimitOptions();
        var certificate = ReadOnlyMemory<byte>.Empty;
        using var dialler = new PeerDialler(
            async connection =>
            {
                await ProofOfWork.ClientAsync(connection.Transport, maxDifficulty, limits.ProofOfWork, TimeProvider.System, connection.ConnectionClosed)
                    .ConfigureAwait(false);
                certificate = await CertificateProbe.FetchAsync(connection.Transport, TimeProvider.System, connection.ConnectionClosed).ConfigureAwait(false);
            },
            TimeSpan.FromSeconds(limits.ConnectSeconds), NullLoggerFactory.Instance, TimeProvider.System);
        try
        {
            await dialler.RunAsync(Host, Port, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"{Host}:{Port} ended the connection before it showed a certificate.", exception);
        }
        return certificate.ToArray();
    }
}
