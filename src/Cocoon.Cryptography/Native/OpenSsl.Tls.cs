using System.Runtime.InteropServices;

namespace Cocoon.Cryptography.Native;

internal static unsafe partial class OpenSsl
{
    internal const int ErrorSsl = 1;
    internal const int ErrorWantRead = 2;
    internal const int ErrorZeroReturn = 6;

    internal const int VerifyPeer = 1;
    internal const int VerifyFailIfNoPeerCertificate = 2;

    /// <summary>X509_V_ERR_CERT_REJECTED, told to the peer as the alert bad_certificate.</summary>
    internal const int CertificateRejected = 28;

    internal const int ControlMode = 33;
    internal const int ControlSessionCacheMode = 44;
    internal const int ControlMaxCertificateList = 51;
    internal const int ControlSignatureAlgorithms = 98;
    internal const int ControlMinimumVersion = 123;
    internal const int ControlMaximumVersion = 124;

    internal const int Tls13 = 0x0304;
    internal const int ModeNoAutoChain = 8;
    internal const ulong OptionNoTicket = 1UL << 14;

    [LibraryImport(Ssl)]
    internal static partial nint TLS_method();

    [LibraryImport(Ssl)]
    internal static partial TlsContextHandle SSL_CTX_new(nint method);

    [LibraryImport(Ssl)]
    internal static partial void SSL_CTX_free(nint context);

    [LibraryImport(Ssl)]
    internal static partial nint SSL_CTX_ctrl(TlsContextHandle context, int command, nint number, nint pointer);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_ctrl", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint SSL_CTX_ctrl_text(TlsContextHandle context, int command, nint number, string text);

    [LibraryImport(Ssl)]
    internal static partial ulong SSL_CTX_set_options(TlsContextHandle context, ulong options);

    [LibraryImport(Ssl)]
    internal static partial int SSL_CTX_set_num_tickets(TlsContextHandle context, nuint count);

    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int SSL_CTX_set_ciphersuites(TlsContextHandle context, string names);

    [LibraryImport(Ssl)]
    internal static partial int SSL_CTX_use_certificate_ASN1(TlsContextHandle context, int length, ReadOnlySpan<byte> der);

    [LibraryImport(Ssl)]
    internal static partial int SSL_CTX_use_PrivateKey(TlsContextHandle context, KeyHandle key);

    [LibraryImport(Ssl)]
    internal static partial int SSL_CTX_check_private_key(TlsContextHandle context);

    [LibraryImport(Ssl)]
    internal static partial void SSL_CTX_set_verify(TlsContextHandle context, int mode, nint callback);

    [LibraryImport(Ssl)]
    internal static partial void SSL_CTX_set_cert_verify_callback(
        TlsContextHandle context, delegate* unmanaged<nint, nint, int> callback, nint argument);

    [LibraryImport(Ssl)]
    internal static partial TlsHandle SSL_new(TlsContextHandle context);

    [LibraryImport(Ssl)]
    internal static partial void SSL_free(nint ssl);

    [LibraryImport(Ssl)]
    internal static partial void SSL_set_bio(TlsHandle ssl, nint input, nint output);

    [LibraryImport(Ssl)]
    internal static partial void SSL_set_accept_state(TlsHandle ssl);

    [LibraryImport(Ssl)]
    internal static partial void SSL_set_connect_state(TlsHandle ssl);

    [LibraryImport(Ssl)]
    internal static partial int SSL_do_handshake(TlsHandle ssl);

    [LibraryImport(Ssl)]
    internal static partial int SSL_read_ex(TlsHandle ssl, Span<byte> buffer, nuint length, out nuint read);

    [LibraryImport(Ssl)]
    internal static partial int SSL_write_ex(TlsHandle ssl, ReadOnlySpan<byte> buffer, nuint length, out nuint written);

    [LibraryImport(Ssl)]
    internal static partial int SSL_shutdown(TlsHandle ssl);

    [LibraryImport(Ssl)]
    internal static partial int SSL_has_pending(TlsHandle ssl);

    /// <summary>Gives a static text: "RB" while a record's header has been read and its body has not.</summary>
    [LibraryImport(Ssl)]
    internal static partial nint SSL_rstate_string(TlsHandle ssl);

    [LibraryImport(Ssl)]
    internal static partial int SSL_get_error(TlsHandle ssl, int result);

    [LibraryImport(Ssl)]
    internal static partial int SSL_export_keying_material(
        TlsHandle ssl, Span<byte> output, nuint outputLength, ReadOnlySpan<byte> label, nuint labelLength,
        ReadOnlySpan<byte> context, nuint contextLength, int useContext);

    [LibraryImport(Crypto)]
    internal static partial nint BIO_s_mem();

    [LibraryImport(Crypto)]
    internal static partial nint BIO_new(nint method);

    [LibraryImport(Crypto)]
    internal static partial int BIO_free(nint bio);

    [LibraryImport(Crypto)]
    internal static partial int BIO_read(nint bio, Span<byte> buffer, int length);

    [LibraryImport(Crypto)]
    internal static partial int BIO_write(nint bio, ReadOnlySpan<byte> buffer, int length);

    [LibraryImport(Crypto)]
    internal static partial nuint BIO_ctrl_pending(nint bio);

    [LibraryImport(Crypto)]
    internal static partial nint X509_STORE_CTX_get0_cert(nint storeContext);

    [LibraryImport(Crypto)]
    internal static partial nint X509_STORE_CTX_get0_untrusted(nint storeContext);

    [LibraryImport(Crypto)]
    internal static partial void X509_STORE_CTX_set_error(nint storeContext, int error);

    [LibraryImport(Crypto)]
    internal static partial int OPENSSL_sk_num(nint stack);

    [LibraryImport(Crypto)]
    internal static partial int i2d_X509(nint certificate, byte** output);

    [LibraryImport(Crypto)]
    internal static partial nint X509_get0_pubkey(nint certificate);

    [LibraryImport(Crypto)]
    internal static partial int EVP_PKEY_get_id(nint key);

    [LibraryImport(Crypto, EntryPoint = "EVP_PKEY_get_raw_public_key")]
    internal static partial int EVP_PKEY_get_raw_public_key_borrowed(nint key, Span<byte> raw, ref nuint length);
}

/// <summary>An SSL_CTX: what a connection is made from.</summary>
internal sealed class TlsContextHandle : NativeHandle
{
    protected override bool ReleaseHandle()
    {
        OpenSsl.SSL_CTX_free(handle);
        return true;
    }
}

/// <summary>An SSL: the state of one connection, with the buffers it owns.</summary>
internal sealed class TlsHandle : NativeHandle
{
    protected override bool ReleaseHandle()
    {
        OpenSsl.SSL_free(handle);
        return true;
    }
}
