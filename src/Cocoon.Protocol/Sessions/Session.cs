using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Threading.Channels;
using Cocoon.Protocol.Framing;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Sessions;

/// <summary>
/// One connection of the Cocoon wire protocol above its byte stream: framing, the connect handshake, signs of life, queries and one-way
/// messages in both directions. Nothing that a peer sends throws out of it; it ends with a reason instead.
/// </summary>
public sealed partial class Session : IAsyncDisposable
{
    private const int MaxPendingSigns = 16;
    private static readonly TimeSpan DiallerDeadPeerTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan AcceptorDeadPeerTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan DiallerPingInterval = TimeSpan.FromSeconds(10);

    private readonly IDuplexPipe _transport;
    private readonly SessionOptions _options;
    private readonly ISessionHandler _handler;
    private readonly TimeProvider _time;
    private readonly PacketReader _reader;
    private readonly PacketWriter _writer;
    private readonly TimeSpan _deadAfter;
    private readonly Liveness _liveness;
    private readonly Backlog _backlog;
    private readonly PacketRate _rate;
    private readonly SemaphoreSlim _writeLock = new(1, 1);
    private readonly CancellationTokenSource _lifetime = new();
    private readonly CancellationToken _ended;
    private readonly ConcurrentDictionary<long, TaskCompletionSource<ReadOnlyMemory<byte>>> _queries = new();
    private readonly Channel<ITcpPacket> _arrivals =
        Channel.CreateUnbounded<ITcpPacket>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SessionException? _end;
    private SessionException? _inputEnd;
    private int _inboundQueries;
    private int _undelivered;
    private int _pendingSigns;
    private long _undecodable;

    private Session(IDuplexPipe transport, SessionOptions options, ISessionHandler handler, TimeProvider time, bool dialled)
    {
        _transport = transport;
        _options = options;
        _handler = handler;
        _time = time;
        _ended = _lifetime.Token;
        _reader = new PacketReader(transport.Input);
        AllowSmallPackets();
        _writer = new PacketWriter(transport.Output, options.MaxPacketSize);
        _backlog = new Backlog(options.MaxInboundBacklog);
        _rate = new PacketRate(options.MaxPacketsPerSecond, time);
        _deadAfter = options.DeadPeerTimeout ?? (dialled ? DiallerDeadPeerTimeout : AcceptorDeadPeerTimeout);
        _liveness = new Liveness(time, _deadAfter, options.PingInterval ?? (dialled ? DiallerPingInterval : null), SendPing, OnSilence);
    }

    /// <summary>
    /// Ends when the connection ends: successfully when either side closed it in good order, else with a <see cref="SessionException"/>
    /// that says why.
    /// </summary>
    public Task Completion => _completion.Task;

    /// <summary>Opens a session as the side that dialled. The session owns the transport from here on, also when this fails.</summary>
    /// <exception cref="SessionException">The handshake failed.</exception>
    public static Task<Session> ConnectAsync(
        IDuplexPipe transport, SessionOptions options, ISessionHandler handler, TimeProvider time, CancellationToken cancellationToken) =>
        OpenAsync(transport, options, handler, time, true, cancellationToken);

    /// <summary>Opens a session as the side that accepted. The session owns the transport from here on, also when this fails.</summary>
    /// <exception cref="SessionException">The handshake failed.</exception>
    public static Task<Session> AcceptAsync(
        IDuplexPipe transport, SessionOptions options, ISessionHandler handler, TimeProvider time, CancellationToken cancellationToken) =>
        OpenAsync(transport, options, handler, time, false, cancellationToken);

    /// <summary>
    /// Takes packets up to <see cref="SessionOptions.MaxPacketSize"/> from here on. For the handler to call when the peer has shown who it is.
    /// </summary>
    /// <param name="maxSize">The longest packet body taken, in bytes, where that is less.</param>
    public void AllowLargePackets(int maxSize = PacketLimits.MaxBodySize) => _reader.MaxBodySize = Math.Min(maxSize, _options.MaxPacketSize);

    /// <summary>Takes packets up to <see cref="SessionOptions.MaxPacketSizeBeforeReady"/> again.</summary>
    public void AllowSmallPackets() => AllowLargePackets(_options.MaxPacketSizeBeforeReady);

    /// <summary>Sends a query and waits for its answer.</summary>
    /// <param name="function">What to ask.</param>
    /// <param name="timeout">How long sending and waiting may take together.</param>
    /// <param name="cancellationToken">Ends the wait; the peer is not told.</param>
    /// <exception cref="SessionQueryException">The peer refused the query, or answered something that is not its result.</exception>
    /// <exception cref="SessionException">The session has ended or ended meanwhile.</exception>
    /// <exception cref="FramingException">The query is too large to be sent.</exception>
    /// <exception cref="TimeoutException">There was no answer in time.</exception>
    public async Task<TResult> QueryAsync<TResult>(ITlFunction<TResult> function, TimeSpan timeout, CancellationToken cancellationToken)
        where TResult : ITlObject
    {
        var answer = new TaskCompletionSource<ReadOnlyMemory<byte>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var id = NewQueryId(answer);
        using var timer = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            ThrowIfInputEnded();
            try
            {
                await WriteAsync(new Envelope(TcpQuery.TlId, id, function), either.Token).ConfigureAwait(false);
            }
            catch (SessionException) when (answer.Task.IsCompleted)
            {
                // The peer answered and closed before the write was over: what it said counts.
            }
            var data = await answer.Task.WaitAsync(either.Token).ConfigureAwait(false);
            return TlSerializer.Deserialize<TResult>(data);
        }
        catch (TlFormatException e)
        {
            throw new SessionQueryException(ErrorCodes.ProtocolViolation, $"The peer's answer to {function} cannot be used: {e.Message}", e);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The peer did not answer {function} within {timeout}.");
        }
        finally
        {
            _queries.TryRemove(id, out _);
        }
    }

    /// <summary>
    /// Sends a one-way message. Waits while the peer reads slowly; when it returns or is cancelled, the message's memory may be used again.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Ends the wait. The message may have been sent nevertheless; it is never sent in part.</param>
    /// <exception cref="SessionException">The session has ended.</exception>
    /// <exception cref="FramingException">The message is too large to be sent; the session goes on.</exception>
    public ValueTask SendAsync(ITlObject message, CancellationToken cancellationToken) =>
        WriteAsync(new Envelope(TcpPacket.TlId, null, message), cancellationToken);

    /// <summary>Gives the session up, for example because the peer is not who it should be. Returns at once.</summary>
    /// <param name="why">The reason, which <see cref="Completion"/> will give.</param>
    public void Abort(string why) => End(SessionEndReason.Aborted, why);

    /// <summary>
    /// Closes the connection, fails what is outstanding and cancels the handler's calls, without waiting for the handler, so that it may be
    /// called from there.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        End(SessionEndReason.LocalClose, "The session was closed here.");
        await _completion.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static async Task<Session> OpenAsync(
        IDuplexPipe transport, SessionOptions options, ISessionHandler handler, TimeProvider time, bool dialled, CancellationToken cancellationToken)
    {
        options.Validate();
        var session = new Session(transport, options, handler, time, dialled);
        try
        {
            await session.HandshakeAsync(dialled, cancellationToken).ConfigureAwait(false);
            session.AnnounceReady();
        }
        catch (Exception e)
        {
            session.EndBecauseOf(e);
            await session.CloseAsync().ConfigureAwait(false);
            if (e is OperationCanceledException && cancellationToken.IsCancellationRequested) throw;
            throw session._end!;
        }
        _ = session.RunAsync();
        return session;
    }

    private void AnnounceReady()
    {
        try
        {
            _handler.OnReady(this);
        }
        catch (Exception e)
        {
            throw new SessionException(SessionEndReason.HandlerFailed, "The handler refused the session.", e);
        }
    }

    private async Task HandshakeAsync(bool dialled, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(_options.HandshakeTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, _ended, cancellationToken);
        try
        {
            if (dialled)
            {
                await WriteAsync(new TcpConnect(RandomId()), either.Token).ConfigureAwait(false);
                await ReadFirstAsync<TcpConnected>(either.Token).ConfigureAwait(false);
            }
            else
            {
                var connect = await ReadFirstAsync<TcpConnect>(either.Token).ConfigureAwait(false);
                await WriteAsync(new TcpConnected(connect.Id), either.Token).ConfigureAwait(false);
            }
            _liveness.Start();
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new SessionException(SessionEndReason.HandshakeTimeout, $"The peer did not finish the handshake within {_options.HandshakeTimeout}.");
        }
    }

    private async ValueTask<T> ReadFirstAsync<T>(CancellationToken cancellationToken)
        where T : ITcpPacket
    {
        var body = await _reader.ReadAsync(cancellationToken).ConfigureAwait(false)
            ?? throw new SessionException(SessionEndReason.RemoteClose, "The peer closed the connection before the handshake.");
        return TlSerializer.Deserialize<ITcpPacket>(body) switch
        {
            T first => first,
            TcpQueryError { Id: 0 } farewell => throw new SessionException(
                SessionEndReason.Refused, $"The peer refused this side: {SessionQueryException.FromPeer(farewell.Code, farewell.Message).Message}"),
            var other => throw new SessionException(
                SessionEndReason.ProtocolViolation, $"The peer broke the protocol. Its first packet is {TlRegistry.Describe(other.ConstructorId)}, wanted {typeof(T).Name}."),
        };
    }

    private long NewQueryId(TaskCompletionSource<ReadOnlyMemory<byte>> answer)
    {
        var id = RandomId();
        while (!_queries.TryAdd(id, answer)) id = RandomId();
        return id;
    }

    private static long RandomId()
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        RandomNumberGenerator.Fill(bytes);
        return BitConverter.ToInt64(bytes);
    }

    private async ValueTask WriteAsync(ITlObject packet, CancellationToken cancellationToken)
    {
        ThrowIfEnded();
        await _writeLock.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ThrowIfEnded();
            _writer.Write(packet);
            _liveness.Said();
        }
        catch
        {
            _writeLock.Release();
            throw;
        }
        // The lock is held until the transport took the bytes, even when this caller goes away: were it let go, callers that give up
        // could pile up any amount of bytes in front of a peer that does not read.
        await FlushAndUnlockAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        ThrowIfEnded();
    }

    private async Task FlushAndUnlockAsync()
    {
        try
        {
            for (var more = true; more;)
            {
                var flush = _writer.FlushPieceAsync(_ended);
                // A peer can give signs of life and read nothing. One that reads slowly has this time for each piece.
                using var stalled = flush.IsCompleted ? null
                    : _time.CreateTimer(static state => ((Session)state!).OnStall(), this, _options.StalledPeerTimeout, Timeout.InfiniteTimeSpan);
                more = await flush.ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            EndBecauseOf(e);
        }
        finally
        {
            _writeLock.Release();
        }
    }

    private void ThrowIfInputEnded()
    {
        if (Volatile.Read(ref _inputEnd) is { } end) throw new SessionException(end.Reason, end.Message, end.InnerException);
        ThrowIfEnded();
    }

    private void ThrowIfEnded()
    {
        if (Volatile.Read(ref _end) is { } end) throw new SessionException(end.Reason, end.Message, end.InnerException);
    }
}
