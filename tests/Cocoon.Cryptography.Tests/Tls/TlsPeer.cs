using System.IO.Pipelines;
using Cocoon.Cryptography.Tls;

namespace Cocoon.Cryptography.Tests.Tls;

/// <summary>One side of a test's connection, with a key and a certificate of its own.</summary>
internal sealed class TlsPeer : IDisposable
{
    public TlsPeer(PeerCertificateVerifier? verify = null, int certificatePadding = 0, TimeProvider? time = null, int bufferSize = 128 * 1024)
    {
        Key = Ed25519PrivateKey.Generate();
        Certificate = TestCertificate.Create(Key, certificatePadding);
        Options = new TlsOptions
        {
            CertificateDer = Certificate,
            Key = Key,
            VerifyPeer = verify ?? (_ => null),
            Time = time ?? TimeProvider.System,
            BufferSize = bufferSize,
        };
    }

    public Ed25519PrivateKey Key { get; }

    public byte[] Certificate { get; }

    public TlsOptions Options { get; }

    public Task<TlsConnection> ServeAsync(IDuplexPipe transport, CancellationToken cancellationToken = default) =>
        TlsConnection.AuthenticateAsServerAsync(transport, Options, cancellationToken);

    public Task<TlsConnection> DialAsync(IDuplexPipe transport, CancellationToken cancellationToken = default) =>
        TlsConnection.AuthenticateAsClientAsync(transport, Options, cancellationToken);

    public void Dispose() => Key.Dispose();
}
