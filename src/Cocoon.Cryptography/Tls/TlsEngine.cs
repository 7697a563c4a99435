using System.Runtime.InteropServices;
using System.Text;
using Cocoon.Cryptography.Native;

namespace Cocoon.Cryptography.Tls;

/// <summary>
/// The TLS state machine without any input or output: ciphertext goes in by <see cref="Feed"/> and comes out by <see cref="Drain"/>.
/// For one thread at a time.
/// </summary>
internal sealed unsafe class TlsEngine : IDisposable
{
    private readonly TlsHandle _ssl;
    private readonly PeerCertificateVerifier _verifyPeer;
    private GCHandle _self;

    // Owned by _ssl.
    private readonly nint _input;
    private readonly nint _output;

    private string? _refusal;
    private Exception? _verifierFailure;

    public TlsEngine(TlsOptions options, bool server)
    {
        _verifyPeer = options.VerifyPeer;
        _self = GCHandle.Alloc(this, GCHandleType.Weak);
        try
        {
            using var context = CreateContext(options, server);
            _ssl = OpenSsl.NotNull(OpenSsl.SSL_new(context), "Making a TLS connection");
            _input = OpenSsl.BIO_new(OpenSsl.BIO_s_mem());
            _output = OpenSsl.BIO_new(OpenSsl.BIO_s_mem());
            if (_input == 0 || _output == 0)
            {
                OpenSsl.BIO_free(_input);
                OpenSsl.BIO_free(_output);
                throw OpenSsl.Failure("Making TLS buffers");
            }
            OpenSsl.SSL_set_bio(_ssl, _input, _output);
            if (server) OpenSsl.SSL_set_accept_state(_ssl);
            else OpenSsl.SSL_set_connect_state(_ssl);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The peer's certificate, once it was accepted.</summary>
    public byte[] PeerCertificate { get; private set; } = [];

    /// <summary>The key the peer proves to hold, once its certificate was accepted.</summary>
    public Ed25519PublicKey PeerPublicKey { get; private set; }

    /// <summary>Whether ciphertext has come in that is not a whole record.</summary>
    public bool HasPartialRecord =>
        OpenSsl.SSL_has_pending(_ssl) != 0 || OpenSsl.BIO_ctrl_pending(_input) > 0
        || Marshal.PtrToStringUTF8(OpenSsl.SSL_rstate_string(_ssl)) == "RB";

    /// <summary>Takes the handshake as far as the bytes fed allow.</summary>
    /// <returns>Whether it is complete; false when the peer's next bytes are needed.</returns>
    /// <exception cref="TlsException">It failed. An alert for the peer may wait to be drained.</exception>
    public bool Handshake()
    {
        OpenSsl.ERR_clear_error();
        var result = OpenSsl.SSL_do_handshake(_ssl);
        if (result == 1) return true;
        if (OpenSsl.SSL_get_error(_ssl, result) == OpenSsl.ErrorWantRead) return false;
        var reason = OpenSsl.TakeError();
        throw _refusal is null
            ? new TlsException($"The TLS handshake failed: {reason}.")
            : new TlsException($"The peer's certificate was refused: {_refusal}", _verifierFailure);
    }

    /// <summary>Takes all of the ciphertext.</summary>
    public void Feed(ReadOnlySpan<byte> ciphertext)
    {
        if (ciphertext.IsEmpty) return;
        if (OpenSsl.BIO_write(_input, ciphertext, ciphertext.Length) != ciphertext.Length)
            throw OpenSsl.Failure("Buffering received bytes");
    }

    /// <summary>Moves ciphertext for the peer to <paramref name="destination"/>.</summary>
    /// <returns>The number of bytes, zero when there are none.</returns>
    public int Drain(Span<byte> destination) =>
        OpenSsl.BIO_ctrl_pending(_output) == 0 ? 0 : Math.Max(0, OpenSsl.BIO_read(_output, destination, destination.Length));

    /// <summary>Decrypts into <paramref name="plaintext"/>, at most the rest of one record.</summary>
    /// <returns>The number of bytes; zero when the peer's next bytes are needed or, with <paramref name="closed"/>, will never come.</returns>
    /// <exception cref="TlsException">The peer broke the protocol or sent an alert. An alert for it may wait to be drained.</exception>
    public int Decrypt(Span<byte> plaintext, out bool closed)
    {
        closed = false;
        OpenSsl.ERR_clear_error();
        var result = OpenSsl.SSL_read_ex(_ssl, plaintext, (nuint)plaintext.Length, out var read);
        if (result == 1) return (int)read;
        switch (OpenSsl.SSL_get_error(_ssl, result))
        {
            case OpenSsl.ErrorWantRead:
                return 0;
            case OpenSsl.ErrorZeroReturn:
                closed = true;
                return 0;
            default:
                throw new TlsException($"Receiving over TLS failed: {OpenSsl.TakeError()}.");
        }
    }

    /// <summary>Encrypts all of the plaintext.</summary>
    public void Encrypt(ReadOnlySpan<byte> plaintext)
    {
        if (plaintext.IsEmpty) return;
        OpenSsl.ERR_clear_error();
        if (OpenSsl.SSL_write_ex(_ssl, plaintext, (nuint)plaintext.Length, out var written) != 1 || written != (nuint)plaintext.Length)
            throw new TlsException($"Sending over TLS failed: {OpenSsl.TakeError()}.");
    }

    /// <summary>Says close_notify; nothing can be encrypted after it.</summary>
    public void Close()
    {
        OpenSsl.ERR_clear_error();
        _ = OpenSsl.SSL_shutdown(_ssl);
        OpenSsl.ERR_clear_error();
    }

    /// <summary>RFC 8446 §7.5.</summary>
    public void ExportKeyingMaterial(string label, ReadOnlySpan<byte> context, Span<byte> output)
    {
        var name = Encoding.ASCII.GetBytes(label);
        OpenSsl.ERR_clear_error();
        OpenSsl.Require(
            OpenSsl.SSL_export_keying_material(
                _ssl, output, (nuint)output.Length, name, (nuint)name.Length, context, (nuint)context.Length, 1),
            "Exporting keying material");
    }

    public void Dispose()
    {
        _ssl?.Dispose();
        if (_self.IsAllocated) _self.Free();
    }

    private TlsContextHandle CreateContext(TlsOptions options, bool server)
    {
        var context = OpenSsl.NotNull(OpenSsl.SSL_CTX_new(OpenSsl.TLS_method()), "Making a TLS context");
        try
        {
            Control(OpenSsl.ControlMinimumVersion, OpenSsl.Tls13, "Choosing TLS 1.3");
            Control(OpenSsl.ControlMaximumVersion, OpenSsl.Tls13, "Choosing TLS 1.3");
            OpenSsl.Require(
                OpenSsl.SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384"), "Choosing cipher suites");
            OpenSsl.Require(
                (int)OpenSsl.SSL_CTX_ctrl_text(context, OpenSsl.ControlSignatureAlgorithms, 0, "ed25519"), "Choosing signature algorithms");

            OpenSsl.SSL_CTX_set_options(context, OpenSsl.OptionNoTicket);
            OpenSsl.Require(OpenSsl.SSL_CTX_set_num_tickets(context, 0), "Switching tickets off");
            OpenSsl.SSL_CTX_ctrl(context, OpenSsl.ControlSessionCacheMode, 0, 0);

            OpenSsl.SSL_CTX_ctrl(context, OpenSsl.ControlMode, OpenSsl.ModeNoAutoChain, 0);
            OpenSsl.SSL_CTX_ctrl(context, OpenSsl.ControlMaxCertificateList, TlsOptions.MaxPeerCertificateSize, 0);
            OpenSsl.SSL_CTX_set_verify(context, OpenSsl.VerifyPeer | (server ? OpenSsl.VerifyFailIfNoPeerCertificate : 0), 0);
            OpenSsl.SSL_CTX_set_cert_verify_callback(context, &OnPeerCertificate, GCHandle.ToIntPtr(_self));

            OpenSsl.Require(
                OpenSsl.SSL_CTX_use_certificate_ASN1(context, options.CertificateDer.Length, options.CertificateDer.Span),
                "Using this side's certificate");
            OpenSsl.Require(OpenSsl.SSL_CTX_use_PrivateKey(context, options.Key.Handle), "Using this side's private key");
            OpenSsl.Require(OpenSsl.SSL_CTX_check_private_key(context), "Matching this side's certificate and private key");
            return context;
        }
        catch
        {
            context.Dispose();
            throw;
        }

        void Control(int command, int number, string operation) =>
            OpenSsl.Require((int)OpenSsl.SSL_CTX_ctrl(context, command, number, 0), operation);
    }

    [UnmanagedCallersOnly]
    private static int OnPeerCertificate(nint storeContext, nint argument)
    {
        // An exception that leaves this method ends the process.
        TlsEngine? engine = null;
        try
        {
            engine = GCHandle.FromIntPtr(argument).Target as TlsEngine;
            if (engine is null) return 0;
            engine._refusal = engine.JudgePeer(storeContext);
        }
        catch (Exception failure)
        {
            if (engine is null) return 0;
            engine._refusal = "the check itself failed.";
            engine._verifierFailure = failure;
        }
        if (engine._refusal is null) return 1;
        OpenSsl.X509_STORE_CTX_set_error(storeContext, OpenSsl.CertificateRejected);
        return 0;
    }

    private string? JudgePeer(nint storeContext)
    {
        var presented = OpenSsl.OPENSSL_sk_num(OpenSsl.X509_STORE_CTX_get0_untrusted(storeContext));
        if (presented != 1) return $"{presented} certificates were presented, wanted one self-signed certificate.";

        var certificate = OpenSsl.X509_STORE_CTX_get0_cert(storeContext);
        var key = OpenSsl.X509_get0_pubkey(certificate);
        if (key == 0 || OpenSsl.EVP_PKEY_get_id(key) != OpenSsl.Ed25519)
        {
            OpenSsl.ERR_clear_error();
            return "its key is not an Ed25519 key, the only kind wanted.";
        }
        Span<byte> raw = stackalloc byte[Bits256.Size];
        var rawLength = (nuint)raw.Length;
        OpenSsl.Require(OpenSsl.EVP_PKEY_get_raw_public_key_borrowed(key, raw, ref rawLength), "Reading the peer's public key");

        var length = OpenSsl.i2d_X509(certificate, null);
        if (length is <= 0 or > TlsOptions.MaxPeerCertificateSize)
            return $"it has {length} bytes, wanted at most {TlsOptions.MaxPeerCertificateSize}.";
        var der = new byte[length];
        fixed (byte* start = der)
        {
            var position = start;
            if (OpenSsl.i2d_X509(certificate, &position) != length) throw OpenSsl.Failure("Reading the peer's certificate");
        }

        var refusal = _verifyPeer(der);
        if (refusal is not null) return refusal;
        PeerCertificate = der;
        PeerPublicKey = new Ed25519PublicKey(new Bits256(raw));
        return null;
    }
}
