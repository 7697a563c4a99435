using System.Security.Cryptography;
using Cocoon.Cryptography.Native;

namespace Cocoon.Cryptography;

/// <summary>
/// An Ed25519 private key (RFC 8032): a 32-byte seed, signatures of 64 bytes. Safe to use from several threads.
/// The seed lives in OpenSSL's memory only and is wiped there when the key is disposed.
/// </summary>
/// <remarks>The first use throws <see cref="PlatformNotSupportedException"/> where the system has no OpenSSL 3.</remarks>
public sealed class Ed25519PrivateKey : IDisposable
{
    /// <summary>The size of a seed in bytes.</summary>
    public const int SeedSize = 32;

    /// <summary>The size of a signature in bytes.</summary>
    public const int SignatureSize = 64;

    private Ed25519PrivateKey(KeyHandle handle)
    {
        Handle = handle;
        PublicKey = new Ed25519PublicKey(OpenSsl.RawPublicKey(handle));
    }

    /// <summary>The public half.</summary>
    public Ed25519PublicKey PublicKey { get; }

    internal KeyHandle Handle { get; }

    /// <summary>The key grown from a seed of <see cref="SeedSize"/> bytes.</summary>
    /// <exception cref="ArgumentException">The seed has another size.</exception>
    public static Ed25519PrivateKey FromSeed(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedSize)
            throw new ArgumentException($"An Ed25519 seed has {SeedSize} bytes, found {seed.Length}.", nameof(seed));
        return new Ed25519PrivateKey(OpenSsl.NewPrivateKey(OpenSsl.Ed25519, seed));
    }

    /// <summary>A key from the system's cryptographic generator.</summary>
    public static Ed25519PrivateKey Generate()
    {
        Span<byte> seed = stackalloc byte[SeedSize];
        RandomNumberGenerator.Fill(seed);
        try
        {
            return FromSeed(seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>Signs into the first <see cref="SignatureSize"/> bytes of <paramref name="signature"/>.</summary>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        if (signature.Length < SignatureSize)
            throw new ArgumentException($"A signature needs {SignatureSize} bytes, found {signature.Length}.", nameof(signature));
        using var context = OpenSsl.NotNull(OpenSsl.EVP_MD_CTX_new(), "Starting a signature");
        OpenSsl.Require(OpenSsl.EVP_DigestSignInit(context, 0, 0, 0, Handle), "Starting a signature");
        var length = (nuint)SignatureSize;
        OpenSsl.Require(OpenSsl.EVP_DigestSign(context, signature, ref length, message, (nuint)message.Length), "Signing");
    }

    /// <summary>Signs into a new array of <see cref="SignatureSize"/> bytes.</summary>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        var signature = new byte[SignatureSize];
        Sign(message, signature);
        return signature;
    }

    /// <summary>Copies the secret seed to the first <see cref="SeedSize"/> bytes of <paramref name="seed"/>; the caller wipes it.</summary>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public void ExportSeed(Span<byte> seed)
    {
        if (seed.Length < SeedSize)
            throw new ArgumentException($"An Ed25519 seed needs {SeedSize} bytes, found {seed.Length}.", nameof(seed));
        var length = (nuint)SeedSize;
        OpenSsl.Require(OpenSsl.EVP_PKEY_get_raw_private_key(Handle, seed, ref length), "Reading a private key");
    }

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();
}
