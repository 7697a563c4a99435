using System.Security.Cryptography;
using Cocoon.Cryptography.Native;

namespace Cocoon.Cryptography;

/// <summary>
/// An X25519 private key (RFC 7748) of 32 bytes. Safe to use from several threads. The key lives in OpenSSL's memory only and
/// is wiped there when disposed.
/// </summary>
/// <remarks>The first use throws <see cref="PlatformNotSupportedException"/> where the system has no OpenSSL 3.</remarks>
public sealed class X25519PrivateKey : IDisposable
{
    /// <summary>The size of a private key in bytes.</summary>
    public const int Size = 32;

    /// <summary>The size of a shared secret in bytes.</summary>
    public const int SharedSecretSize = 32;

    private readonly KeyHandle _handle;

    private X25519PrivateKey(KeyHandle handle)
    {
        _handle = handle;
        PublicKey = new X25519PublicKey(OpenSsl.RawPublicKey(handle));
    }

    /// <summary>The public half.</summary>
    public X25519PublicKey PublicKey { get; }

    /// <summary>The key of these <see cref="Size"/> bytes, clamped as RFC 7748 says.</summary>
    /// <exception cref="ArgumentException">Another number of bytes was given.</exception>
    public static X25519PrivateKey FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
            throw new ArgumentException($"An X25519 private key has {Size} bytes, found {bytes.Length}.", nameof(bytes));
        return new X25519PrivateKey(OpenSsl.NewPrivateKey(OpenSsl.X25519, bytes));
    }

    /// <summary>A key from the system's cryptographic generator.</summary>
    public static X25519PrivateKey Generate()
    {
        Span<byte> bytes = stackalloc byte[Size];
        RandomNumberGenerator.Fill(bytes);
        try
        {
            return FromBytes(bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>
    /// Computes the secret shared with <paramref name="peer"/> into the first <see cref="SharedSecretSize"/> bytes of
    /// <paramref name="sharedSecret"/>. It is not uniformly random: derive keys from it, and wipe it.
    /// </summary>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="CryptographicException">The peer's key has small order, which would give an all-zero secret.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public void Agree(X25519PublicKey peer, Span<byte> sharedSecret)
    {
        if (sharedSecret.Length < SharedSecretSize)
            throw new ArgumentException($"A shared secret needs {SharedSecretSize} bytes, found {sharedSecret.Length}.", nameof(sharedSecret));
        Span<byte> raw = stackalloc byte[Bits256.Size];
        peer.Bits.CopyTo(raw);
        using var peerHandle = OpenSsl.NewPublicKey(OpenSsl.X25519, raw);
        using var context = OpenSsl.NotNull(OpenSsl.EVP_PKEY_CTX_new(_handle, 0), "Starting a key agreement");
        OpenSsl.Require(OpenSsl.EVP_PKEY_derive_init(context), "Starting a key agreement");
        OpenSsl.Require(OpenSsl.EVP_PKEY_derive_set_peer(context, peerHandle), "Starting a key agreement");
        var length = (nuint)SharedSecretSize;
        OpenSsl.Require(OpenSsl.EVP_PKEY_derive(context, sharedSecret, ref length), "Key agreement");
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
