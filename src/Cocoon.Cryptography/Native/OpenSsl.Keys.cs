using System.Runtime.InteropServices;

namespace Cocoon.Cryptography.Native;

internal static partial class OpenSsl
{
    /// <summary>Numbers of the algorithms in OpenSSL's table of objects.</summary>
    internal const int X25519 = 1034;
    internal const int Ed25519 = 1087;

    [LibraryImport(Crypto)]
    internal static partial KeyHandle EVP_PKEY_new_raw_private_key(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Crypto)]
    internal static partial KeyHandle EVP_PKEY_new_raw_public_key(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Crypto)]
    internal static partial int EVP_PKEY_get_raw_private_key(KeyHandle key, Span<byte> raw, ref nuint length);

    [LibraryImport(Crypto)]
    internal static partial int EVP_PKEY_get_raw_public_key(KeyHandle key, Span<byte> raw, ref nuint length);

    [LibraryImport(Crypto)]
    internal static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Crypto)]
    internal static partial DigestContextHandle EVP_MD_CTX_new();

    [LibraryImport(Crypto)]
    internal static partial void EVP_MD_CTX_free(nint context);

    [LibraryImport(Crypto)]
    internal static partial int EVP_DigestSignInit(DigestContextHandle context, nint keyContext, nint digest, nint engine, KeyHandle key);

    [LibraryImport(Crypto)]
    internal static partial int EVP_DigestSign(
        DigestContextHandle context, Span<byte> signature, ref nuint signatureLength, ReadOnlySpan<byte> message, nuint length);

    [LibraryImport(Crypto)]
    internal static partial int EVP_DigestVerifyInit(DigestContextHandle context, nint keyContext, nint digest, nint engine, KeyHandle key);

    [LibraryImport(Crypto)]
    internal static partial int EVP_DigestVerify(
        DigestContextHandle context, ReadOnlySpan<byte> signature, nuint signatureLength, ReadOnlySpan<byte> message, nuint length);

    [LibraryImport(Crypto)]
    internal static partial KeyContextHandle EVP_PKEY_CTX_new(KeyHandle key, nint engine);

    [LibraryImport(Crypto)]
    internal static partial void EVP_PKEY_CTX_free(nint context);

    [LibraryImport(Crypto)]
    internal static partial int EVP_PKEY_derive_init(KeyContextHandle context);

    [LibraryImport(Crypto)]
    internal static partial int EVP_PKEY_derive_set_peer(KeyContextHandle context, KeyHandle peer);

    [LibraryImport(Crypto)]
    internal static partial int EVP_PKEY_derive(KeyContextHandle context, Span<byte> secret, ref nuint length);

    /// <summary>A private key of a curve whose keys are 32 raw bytes.</summary>
    internal static KeyHandle NewPrivateKey(int type, ReadOnlySpan<byte> raw) =>
        NotNull(EVP_PKEY_new_raw_private_key(type, 0, raw, (nuint)raw.Length), "Making a private key");

    /// <summary>A public key of a curve whose keys are 32 raw bytes.</summary>
    internal static KeyHandle NewPublicKey(int type, ReadOnlySpan<byte> raw) =>
        NotNull(EVP_PKEY_new_raw_public_key(type, 0, raw, (nuint)raw.Length), "Making a public key");

    internal static Bits256 RawPublicKey(KeyHandle key)
    {
        Span<byte> raw = stackalloc byte[Bits256.Size];
        var length = (nuint)raw.Length;
        Require(EVP_PKEY_get_raw_public_key(key, raw, ref length), "Reading a public key");
        return new Bits256(raw);
    }

    internal static T NotNull<T>(T handle, string operation) where T : SafeHandle
    {
        if (!handle.IsInvalid) return handle;
        handle.Dispose();
        throw Failure(operation);
    }
}
