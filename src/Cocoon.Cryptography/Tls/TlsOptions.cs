namespace Cocoon.Cryptography.Tls;

/// <summary>How one side makes TLS connections.</summary>
public sealed class TlsOptions
{
    /// <summary>The largest peer certificate accepted, in bytes.</summary>
    public const int MaxPeerCertificateSize = 64 * 1024;

    /// <summary>This side's certificate, X.509 DER. Its key must be <see cref="Key"/>.</summary>
    public required ReadOnlyMemory<byte> CertificateDer { get; init; }

    /// <summary>This side's private key. The caller disposes it, after the handshake at the earliest.</summary>
    public required Ed25519PrivateKey Key { get; init; }

    /// <summary>Judges the peer's certificate.</summary>
    public required PeerCertificateVerifier VerifyPeer { get; init; }

    /// <summary>How long a handshake may take, more than zero. Default 10 seconds.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long disposing waits for what was written to leave, zero or more. Default 5 seconds.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many bytes of plaintext may wait in each direction before the writer has to, 32 KiB or more. Default 128 KiB.</summary>
    public int BufferSize { get; init; } = 128 * 1024;

    /// <summary>The clock of the timeouts. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(HandshakeTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(CloseTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(BufferSize, 32 * 1024);
    }
}
