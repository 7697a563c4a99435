using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Cocoon.Cryptography.Tls;
using Cocoon.Testing;

namespace Cocoon.Cryptography.Tests.Tls;

/// <summary>Against the platform's own TLS, which reads Ed25519 certificates but cannot present one.</summary>
public sealed class SslStreamTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_foreign_client_reads_the_server_certificate_and_is_refused_for_having_none()
    {
        using var peer = new TlsPeer();
        var pair = new DuplexPipePair();
        var serving = peer.ServeAsync(pair.Left);
        await using var client = Stream(pair);
        byte[]? seen = null;
        await client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "127.0.0.1",
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                seen = certificate!.GetRawCertData();
                return true;
            },
        }).WaitAsync(Patience);

        seen.ShouldBe(peer.Certificate);
        client.SslProtocol.ShouldBe(SslProtocols.Tls13);
        client.NegotiatedCipherSuite.ShouldBeOneOf(TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_AES_256_GCM_SHA384);
        (await Should.ThrowAsync<TlsException>(serving.WaitAsync(Patience))).Message.ShouldContain("peer did not return a certificate");
    }

    [Fact]
    public async Task Interop_12_6_5_A_client_below_TLS_1_3_is_refused()
    {
        using var peer = new TlsPeer();
        var pair = new DuplexPipePair();
        var serving = peer.ServeAsync(pair.Left);
        await using var client = Stream(pair);
        await Should.ThrowAsync<AuthenticationException>(client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "127.0.0.1",
#pragma warning disable CA5398 // An old client is what this test is about.
            EnabledSslProtocols = SslProtocols.Tls12,
#pragma warning restore CA5398
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        }).WaitAsync(Patience));
        (await Should.ThrowAsync<TlsException>(serving.WaitAsync(Patience))).Message.ShouldContain("unsupported protocol");
    }

    [Fact]
    public async Task Interop_12_6_5_A_server_with_a_key_other_than_Ed25519_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2036, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var peer = new TlsPeer();
        var pair = new DuplexPipePair();
        await using var server = Stream(pair);
        var serving = server.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate });

        await Should.ThrowAsync<TlsException>(peer.DialAsync(pair.Left).WaitAsync(Patience));
        await Should.ThrowAsync<AuthenticationException>(serving.WaitAsync(Patience));
    }

    private static SslStream Stream(DuplexPipePair pair) => new(new DuplexStream(pair.Right));

    private sealed class DuplexStream(System.IO.Pipelines.IDuplexPipe pipe) : Stream
    {
        private readonly Stream _input = pipe.Input.AsStream();
        private readonly Stream _output = pipe.Output.AsStream();

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() => _output.Flush();
        public override Task FlushAsync(CancellationToken cancellationToken) => _output.FlushAsync(cancellationToken);
        public override int Read(byte[] buffer, int offset, int count) => _input.Read(buffer, offset, count);
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _input.ReadAsync(buffer, cancellationToken);
        public override void Write(byte[] buffer, int offset, int count) => _output.Write(buffer, offset, count);
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _output.WriteAsync(buffer, cancellationToken);
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
