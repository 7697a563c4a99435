using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;

namespace Cocoon.Cryptography.Tls;

/// <summary>
/// A TLS 1.3 connection over a byte transport, seen as a duplex pipe of plaintext. Both sides present an Ed25519 certificate;
/// suites TLS_AES_128_GCM_SHA256 and TLS_AES_256_GCM_SHA384; no server name, tickets, resumption or early data.
/// </summary>
/// <remarks>
/// <para>The transport belongs to the connection from the call that authenticates, whether that succeeds or not.</para>
/// <para>A server's refusal of the client's certificate reaches the client on its first read: TLS 1.3 lets a client finish before
/// the server has judged it.</para>
/// <para>The peer's close and a plain end of the transport are the same: <see cref="Input"/> ends. An end within a record is an
/// error. Completing <see cref="Output"/> sends what was written, then says close_notify and completes the transport's output.</para>
/// </remarks>
public sealed class TlsConnection : IDuplexPipe, IAsyncDisposable
{
    private const int MaxRecordSize = 16 * 1024;
    private const int SliceSize = 64 * 1024;

    private readonly IDuplexPipe _transport;
    private readonly TlsOptions _options;
    private readonly TlsEngine _engine;
    private readonly Lock _gate = new();
    private readonly Pipe _input;
    private readonly Pipe _output;
    private readonly CancellationTokenSource _stop = new();
    private Task _receiving = Task.CompletedTask;
    private Task _sending = Task.CompletedTask;
    private volatile Exception? _failure;
    private volatile TlsException? _abortion;
    private int _disposed;

    private TlsConnection(IDuplexPipe transport, TlsOptions options, TlsEngine engine)
    {
        _transport = transport;
        _options = options;
        _engine = engine;
        var pipe = new PipeOptions(
            pauseWriterThreshold: options.BufferSize, resumeWriterThreshold: options.BufferSize / 2,
            minimumSegmentSize: MaxRecordSize, useSynchronizationContext: false);
        _input = new Pipe(pipe);
        _output = new Pipe(pipe);
    }

    /// <summary>Plaintext from the peer. Reading slowly slows the peer down.</summary>
    public PipeReader Input => _input.Reader;

    /// <summary>Plaintext to the peer. Flushing waits while the peer reads slowly.</summary>
    public PipeWriter Output => _output.Writer;

    /// <summary>The peer's certificate, X.509 DER, accepted by the verifier and proved by the peer.</summary>
    public ReadOnlyMemory<byte> PeerCertificateDer => _engine.PeerCertificate;

    /// <summary>The key that the peer proved to hold in this handshake.</summary>
    public Ed25519PublicKey PeerPublicKey => _engine.PeerPublicKey;

    /// <summary>Waits for a client's handshake and demands its certificate.</summary>
    /// <exception cref="TlsException">The handshake failed, was refused by either side, or took too long.</exception>
    /// <exception cref="CryptographicException">This side's certificate or key cannot be used.</exception>
    /// <exception cref="PlatformNotSupportedException">OpenSSL 3 is not on this machine.</exception>
    public static Task<TlsConnection> AuthenticateAsServerAsync(IDuplexPipe transport, TlsOptions options, CancellationToken cancellationToken) =>
        AuthenticateAsync(transport, options, server: true, cancellationToken);

    /// <summary>Starts a handshake with a server and judges its certificate.</summary>
    /// <exception cref="TlsException">The handshake failed, was refused by either side, or took too long.</exception>
    /// <exception cref="CryptographicException">This side's certificate or key cannot be used.</exception>
    /// <exception cref="PlatformNotSupportedException">OpenSSL 3 is not on this machine.</exception>
    public static Task<TlsConnection> AuthenticateAsClientAsync(IDuplexPipe transport, TlsOptions options, CancellationToken cancellationToken) =>
        AuthenticateAsync(transport, options, server: false, cancellationToken);

    /// <summary>
    /// Fills <paramref name="output"/> with bytes that only the two ends of this connection can compute (RFC 8446 §7.5).
    /// </summary>
    /// <param name="label">What they are for; ASCII.</param>
    /// <param name="context">Any bytes both sides agree on.</param>
    /// <param name="output">Where they go.</param>
    public void ExportKeyingMaterial(string label, ReadOnlySpan<byte> context, Span<byte> output)
    {
        lock (_gate) _engine.ExportKeyingMaterial(label, context, output);
    }

    /// <summary>
    /// Completes <see cref="Output"/>, waits up to <see cref="TlsOptions.CloseTimeout"/> for what was written to leave, and lets the
    /// transport go. <see cref="Input"/> ends with a <see cref="TlsException"/> unless it has already ended.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        await _output.Writer.CompleteAsync().ConfigureAwait(false);
        try
        {
            await _sending.WaitAsync(_options.CloseTimeout, _options.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The peer does not read; what it was sent is lost.
        }
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_sending, _receiving).ConfigureAwait(false);
        lock (_gate) _engine.Dispose();
        _stop.Dispose();
    }

    /// <summary>Ends the connection now: what has not left is lost. <see cref="Input"/> ends with the reason unless it has already ended.</summary>
    /// <remarks>It has to be disposed of all the same.</remarks>
    public void Abort(TlsException reason)
    {
        _abortion ??= reason;
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended already.
        }
    }

    private static async Task<TlsConnection> AuthenticateAsync(
        IDuplexPipe transport, TlsOptions options, bool server, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentNullException.ThrowIfNull(options);
        TlsEngine? engine = null;
        try
        {
            options.Validate();
            engine = new TlsEngine(options, server);
            await HandshakeAsync(transport, options, engine, cancellationToken).ConfigureAwait(false);
            var connection = new TlsConnection(transport, options, engine);
            connection._receiving = connection.ReceiveAsync(connection._stop.Token);
            connection._sending = connection.SendAsync(connection._stop.Token);
            return connection;
        }
        catch
        {
            engine?.Dispose();
            await CompleteAsync(transport.Output).ConfigureAwait(false);
            await CompleteAsync(transport.Input).ConfigureAwait(false);
            throw;
        }
    }

    private static async Task HandshakeAsync(IDuplexPipe transport, TlsOptions options, TlsEngine engine, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.HandshakeTimeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            while (true)
            {
                TlsException? failure = null;
                var complete = false;
                try
                {
                    complete = engine.Handshake();
                }
                catch (TlsException exception)
                {
                    failure = exception;
                }

                // On failure this is the alert that tells the peer.
                if (Drain(engine, transport.Output)) await transport.Output.FlushAsync(either.Token).ConfigureAwait(false);
                if (failure is not null) throw failure;
                if (complete) return;

                var result = await transport.Input.ReadAsync(either.Token).ConfigureAwait(false);
                if (result.Buffer.IsEmpty && result.IsCompleted)
                    throw new TlsException("The peer closed the connection during the TLS handshake.");
                Feed(engine, transport.Input, result.Buffer);
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TlsException($"The TLS handshake did not finish within {options.HandshakeTimeout.TotalSeconds} seconds.");
        }
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await DeliverAsync(cancellationToken).ConfigureAwait(false))
            {
                var result = await _transport.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
                if (result.Buffer.IsEmpty && result.IsCompleted)
                {
                    RequireWholeRecords();
                    break;
                }
                lock (_gate) Feed(_engine, _transport.Input, result.Buffer);
            }
            await _input.Writer.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _failure = InWords(exception, cancellationToken);
            await _input.Writer.CompleteAsync(_failure).ConfigureAwait(false);
            _output.Reader.CancelPendingRead();
        }
        await CompleteAsync(_transport.Input).ConfigureAwait(false);
    }

    /// <summary>Hands over all plaintext there is.</summary>
    /// <returns>Whether there can be more and somebody wants it.</returns>
    private async ValueTask<bool> DeliverAsync(CancellationToken cancellationToken)
    {
        bool closed;
        var total = 0;
        while (true)
        {
            var memory = _input.Writer.GetMemory();
            int read;
            lock (_gate) read = _engine.Decrypt(memory.Span, out closed);
            if (read == 0) break;
            _input.Writer.Advance(read);
            total += read;
        }
        if (total == 0) return !closed;
        var result = await _input.Writer.FlushAsync(cancellationToken).ConfigureAwait(false);
        return !closed && !result.IsCompleted;
    }

    private void RequireWholeRecords()
    {
        lock (_gate)
        {
            if (_engine.HasPartialRecord) throw new TlsException("The connection ended within a TLS record.");
        }
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            var more = true;
            while (more)
            {
                var result = await _output.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                var slice = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, SliceSize));
                failure = _failure;
                more = failure is null && !(result.IsCompleted && slice.Length == result.Buffer.Length);
                if (failure is null) Encrypt(slice, last: !more);
                _output.Reader.AdvanceTo(slice.End);

                // After a failure to receive, what waits here is the alert for the peer.
                bool drained;
                lock (_gate) drained = Drain(_engine, _transport.Output);
                if (!drained) continue;
                var flushed = await _transport.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
                if (flushed.IsCompleted) more = false;
            }
        }
        catch (Exception exception)
        {
            failure = InWords(exception, cancellationToken);
        }
        await _output.Reader.CompleteAsync(failure).ConfigureAwait(false);
        await CompleteAsync(_transport.Output).ConfigureAwait(false);
    }

    private void Encrypt(in ReadOnlySequence<byte> plaintext, bool last)
    {
        lock (_gate)
        {
            foreach (var segment in plaintext)
            {
                for (var rest = segment.Span; !rest.IsEmpty; rest = rest[Math.Min(rest.Length, MaxRecordSize)..])
                    _engine.Encrypt(rest[..Math.Min(rest.Length, MaxRecordSize)]);
            }
            if (last) _engine.Close();
        }
    }

    private static void Feed(TlsEngine engine, PipeReader reader, in ReadOnlySequence<byte> ciphertext)
    {
        var slice = ciphertext.Slice(0, Math.Min(ciphertext.Length, SliceSize));
        foreach (var segment in slice) engine.Feed(segment.Span);
        reader.AdvanceTo(slice.End);
    }

    private static bool Drain(TlsEngine engine, PipeWriter writer)
    {
        var any = false;
        while (true)
        {
            var count = engine.Drain(writer.GetSpan());
            if (count == 0) return any;
            writer.Advance(count);
            any = true;
        }
    }

    private Exception InWords(Exception exception, CancellationToken stop) =>
        exception is OperationCanceledException && stop.IsCancellationRequested
            ? _abortion ?? new TlsException("The TLS connection was closed on this side.", exception)
            : exception;

    private static async ValueTask CompleteAsync(PipeReader reader)
    {
        try
        {
            await reader.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            // The transport is gone already, which is what is wanted.
        }
    }

    private static async ValueTask CompleteAsync(PipeWriter writer)
    {
        try
        {
            await writer.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            // The transport is gone already, which is what is wanted.
        }
    }
}
