using System.Globalization;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Certificates;

/// <summary>
/// A certificate of the Cocoon wire protocol: self-signed, Ed25519, with the quote over its key in an extension of its own. One that
/// was read is well-formed and signed with its own key; whether it may be used, <see cref="FindRefusal"/> tells.
/// </summary>
public sealed class AttestedCertificate
{
    /// <summary>The largest quote in bytes.</summary>
    public const int MaxQuoteSize = 32768;

    /// <summary>The largest certificate in bytes.</summary>
    public const int MaxSize = 64 * 1024;

    /// <summary>The DNS name that every server's certificate has.</summary>
    public const string ServerName = "127.0.0.1";

    internal AttestedCertificate()
    {
    }

    /// <summary>The certificate's key.</summary>
    public Ed25519PublicKey PublicKey { get; internal set; }

    /// <summary>The quote, at most <see cref="MaxQuoteSize"/> bytes; empty when there is none. Nothing in it has been verified.</summary>
    public ReadOnlyMemory<byte> Quote { get; internal set; }

    /// <summary>When it begins to be valid.</summary>
    public DateTimeOffset NotBefore { get; internal set; }

    /// <summary>The last moment of its validity.</summary>
    public DateTimeOffset NotAfter { get; internal set; }

    internal bool MayServe { get; set; } = true;

    internal bool MayDial { get; set; } = true;

    internal bool NamesServer { get; set; }

    /// <summary>Makes a certificate, X.509 version 3 DER.</summary>
    /// <param name="key">The key to certify and to sign with.</param>
    /// <param name="quote">The quote over the key, at most <see cref="MaxQuoteSize"/> bytes; empty for none.</param>
    /// <param name="notBefore">When it begins to be valid; whole seconds count. Years 1950 to 2049.</param>
    /// <param name="lifetime">How long it is valid.</param>
    /// <exception cref="ArgumentException">The quote is too large or the times are out of range.</exception>
    public static byte[] Create(Ed25519PrivateKey key, ReadOnlySpan<byte> quote, DateTimeOffset notBefore, TimeSpan lifetime)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(lifetime, TimeSpan.Zero);
        if (quote.Length > MaxQuoteSize)
            throw new ArgumentException($"A quote has at most {MaxQuoteSize} bytes, found {quote.Length}.", nameof(quote));
        return CertificateWriter.Write(key, quote, notBefore, lifetime);
    }

    /// <summary>Reads a certificate, DER, and verifies its signature.</summary>
    /// <remarks>
    /// A certificate that says version 1 and has extensions nevertheless is accepted: the network's generator has made such.
    /// </remarks>
    /// <exception cref="AttestationException">It is malformed or too large, has a critical extension that is not known, a key or a
    /// signature that is not Ed25519, or a wrong signature.</exception>
    public static AttestedCertificate Parse(ReadOnlyMemory<byte> der) => CertificateReader.Read(der);

    /// <summary>Judges whether the certificate may be presented now by this side of a connection. The quote is not looked at.</summary>
    /// <returns>Null when it may; otherwise which check failed, what it found and what it wanted.</returns>
    public string? FindRefusal(CertificateRole role, DateTimeOffset now, CertificateLimits limits)
    {
        if (now + limits.ClockTolerance < NotBefore)
            return $"validity check: the certificate begins at {Show(NotBefore)} and it is {Show(now)}; check the clocks of both sides.";
        if (now - limits.ClockTolerance > NotAfter)
            return $"validity check: the certificate ended at {Show(NotAfter)} and it is {Show(now)}; the peer has to renew it.";
        if (NotAfter - NotBefore > limits.MaxLifetime)
            return $"validity check: the certificate is valid for {NotAfter - NotBefore}, wanted at most {limits.MaxLifetime}.";
        if (role == CertificateRole.Server && !MayServe) return "usage check: the certificate is not for servers, wanted serverAuth.";
        if (role == CertificateRole.Client && !MayDial) return "usage check: the certificate is not for clients, wanted clientAuth.";
        if (role == CertificateRole.Server && !NamesServer)
            return $"name check: the certificate's alternative names lack DNS:{ServerName}, which every server's has.";
        return null;
    }

    private static string Show(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
