namespace Cocoon.Cryptography.Tls;

/// <summary>
/// Judges the certificate the peer presented. No other check of it is made: no chain is built, no date, name or usage is looked at.
/// Called during the handshake, before the peer has proved that it holds the key, so nothing may be done on the strength of it
/// until the handshake ends.
/// </summary>
/// <param name="peerCertificateDer">The certificate, at most <see cref="TlsOptions.MaxPeerCertificateSize"/> bytes, its key Ed25519.</param>
/// <returns>Null to accept; otherwise the reason of the refusal, in words.</returns>
public delegate string? PeerCertificateVerifier(ReadOnlySpan<byte> peerCertificateDer);
