using System.IO.Pipelines;
using Cocoon.Cryptography;
using Cocoon.Cryptography.Tls;

namespace Cocoon.Attestation.Certificates;

/// <summary>Takes a server's certificate and leaves, for those who want to look at it. Nothing about the server is judged.</summary>
public static class CertificateProbe
{
    /// <summary>Makes a TLS connection with a throw-away certificate without evidence, and ends it.</summary>
    /// <param name="transport">The connection after its proof of work; it belongs to this from now on.</param>
    /// <param name="time">The clock of the certificate and of the handshake's limit, 10 seconds.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>The certificate, X.509 DER. The server has proved that it holds its key, and nothing else.</returns>
    /// <exception cref="TlsException">The handshake failed or took too long.</exception>
    public static async Task<ReadOnlyMemory<byte>> FetchAsync(IDuplexPipe transport, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(time);
        var limits = new AttestedTlsOptions();
        using var key = Ed25519PrivateKey.Generate();
        var options = new TlsOptions
        {
            CertificateDer = AttestedCertificate.Create(key, [], time.GetUtcNow() - limits.ClockTolerance, limits.CertificateLifetime),
            Key = key,
            VerifyPeer = _ => null,
            HandshakeTimeout = limits.HandshakeTimeout,
            Time = time,
        };
        var tls = await TlsConnection.AuthenticateAsClientAsync(transport, options, cancellationToken).ConfigureAwait(false);
        await using (tls.ConfigureAwait(false))
            return tls.PeerCertificateDer.ToArray();
    }
}
