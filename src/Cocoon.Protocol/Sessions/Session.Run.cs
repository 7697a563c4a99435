using System.Buffers.Binary;
using System.Numerics;
using Cocoon.Protocol.Framing;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Sessions;

public sealed partial class Session
{
    private async Task RunAsync()
    {
        await Task.Yield();
        var delivery = DeliverAsync();
        try
        {
            await ReceiveAsync().ConfigureAwait(false);
            EndInput();
            // What the peer sent before it closed still counts, but a handler that never takes it must not keep the connection.
            var late = Task.Delay(_deadAfter, _time, _ended);
            await Task.WhenAny(delivery, late).ConfigureAwait(false);
            End(SessionEndReason.RemoteClose, "The peer closed the connection.");
        }
        catch (Exception e)
        {
            EndBecauseOf(e);
        }
        await CloseAsync().ConfigureAwait(false);
    }

    private async Task ReceiveAsync()
    {
        while (await _reader.ReadAsync(_ended).ConfigureAwait(false) is { } body)
        {
            _liveness.Heard();
            await TakePacketAsync(TlSerializer.Deserialize<ITcpPacket>(body)).ConfigureAwait(false);
            // Far too short a wait for the peer's silence to be counted.
            if (_rate.Take() is { Ticks: > 0 } wait) await Task.Delay(wait, _time, _ended).ConfigureAwait(false);
            var room = _backlog.WhenRoom();
            if (room.IsCompleted) continue;
            _liveness.Pause();
            await room.WaitAsync(_ended).ConfigureAwait(false);
            _liveness.Resume();
        }
    }

    private async ValueTask TakePacketAsync(ITcpPacket packet)
    {
        switch (packet)
        {
            case TcpPing ping:
                SendSign(new TcpPong(ping.Id));
                break;
            case TcpPacket message:
                _backlog.Add(Cost(message.Data));
                Queue(message);
                break;
            case TcpQueryAnswer answer:
                if (_queries.TryRemove(answer.Id, out var answered)) answered.TrySetResult(answer.Data);
                break;
            case TcpQueryError error:
                if (_queries.TryRemove(error.Id, out var refused)) Fail(refused, SessionQueryException.FromPeer(error.Code, error.Message));
                break;
            case TcpQuery query:
                _backlog.Add(Cost(query.Data));
                // With nothing before it a query is begun here, so that what the handler does at once is done before the next packet is looked at.
                if (Volatile.Read(ref _undelivered) == 0) await BeginQueryAsync(query).ConfigureAwait(false);
                else Queue(query);
                break;
        }
    }

    private async ValueTask BeginQueryAsync(TcpQuery query)
    {
        if (Interlocked.Increment(ref _inboundQueries) <= _options.MaxInboundQueries)
        {
            _ = AnswerAsync(query);
            return;
        }
        Interlocked.Decrement(ref _inboundQueries);
        _backlog.Remove(Cost(query.Data));
        // Awaited: a peer that asks without reading the refusals is not read from either.
        await WriteAsync(
            new TcpQueryError(query.Id, ErrorCodes.NotReady, $"More than {_options.MaxInboundQueries} queries are unanswered; wait for their answers."),
            _ended).ConfigureAwait(false);
    }

    private void Queue(ITcpPacket packet)
    {
        Interlocked.Increment(ref _undelivered);
        _arrivals.Writer.TryWrite(packet);
    }

    private async Task DeliverAsync()
    {
        try
        {
            await foreach (var packet in _arrivals.Reader.ReadAllAsync(_ended).ConfigureAwait(false))
            {
                // The channel hands out what it holds also after the end.
                if (_ended.IsCancellationRequested) return;
                if (packet is TcpQuery query) await BeginQueryAsync(query).ConfigureAwait(false);
                else if (packet is TcpPacket message) await DeliverAsync(message.Data).ConfigureAwait(false);
                Interlocked.Decrement(ref _undelivered);
            }
        }
        catch (Exception e)
        {
            EndBecauseOf(e);
        }
    }

    private async ValueTask DeliverAsync(ReadOnlyMemory<byte> data)
    {
        try
        {
            if (Decode(data) is { } message) await HandleAsync(message).ConfigureAwait(false);
        }
        finally
        {
            _backlog.Remove(Cost(data));
        }
    }

    private async ValueTask HandleAsync(ITlObject message)
    {
        try
        {
            await _handler.OnMessageAsync(message, _ended).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            if (_ended.IsCancellationRequested) return;
            var kind = TlRegistry.Describe(message.ConstructorId);
            Log.HandlerFailed(_options.Logger, kind, e.GetType().Name);
            End(SessionEndReason.HandlerFailed, $"The handler of {kind} failed.", e);
        }
    }

    private ITlObject? Decode(ReadOnlyMemory<byte> data)
    {
        try
        {
            return TlSerializer.Deserialize(data);
        }
        catch (TlFormatException e)
        {
            // Every power of two, so that a peer cannot fill the log.
            if (BitOperations.IsPow2(++_undecodable)) Log.MessageDropped(_options.Logger, Kind(data), _undecodable, e.Message);
            return null;
        }
    }

    private async Task AnswerAsync(TcpQuery query)
    {
        try
        {
            var (answer, answered, end) = await AnswerOrRefuseAsync(query).ConfigureAwait(false);
            try
            {
                await WriteAsync(answer, _ended).ConfigureAwait(false);
                if (answered is not null) _handler.OnAnswered(answered);
                if (end is not null) End(SessionEndReason.Aborted, end);
            }
            catch (FramingException e)
            {
                Log.AnswerNotSent(_options.Logger, Kind(query.Data), e.Message);
                await WriteAsync(new TcpQueryError(query.Id, ErrorCodes.Error, "The answer is too large."), _ended).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is SessionException or OperationCanceledException)
        {
            // The session has ended, and nobody waits for the answer.
        }
        catch (Exception e)
        {
            EndBecauseOf(e);
        }
        finally
        {
            Interlocked.Decrement(ref _inboundQueries);
            _backlog.Remove(Cost(query.Data));
        }
    }

    /// <summary>The packet to answer with, the query if it is not refused, and why the session ends after it, if it does.</summary>
    private async ValueTask<(ITlObject Answer, ITlObject? Answered, string? End)> AnswerOrRefuseAsync(TcpQuery query)
    {
        ITlObject function;
        try
        {
            function = TlSerializer.Deserialize(query.Data);
        }
        catch (TlFormatException e)
        {
            var known = query.Data.Length >= 4 && TlRegistry.Find(BinaryPrimitives.ReadUInt32LittleEndian(query.Data.Span)) is not null;
            return (new TcpQueryError(query.Id, known ? ErrorCodes.ProtocolViolation : ErrorCodes.None, $"{Kind(query.Data)} cannot be decoded: {e.Message}"), null, null);
        }
        if (TlRegistry.Find(function.ConstructorId) is not { IsFunction: true })
            return (new TcpQueryError(query.Id, ErrorCodes.None, $"{function} is not a function and has no answer."), null, null);
        try
        {
            var result = await _handler.OnQueryAsync(function, _ended).ConfigureAwait(false);
            return (new Envelope(TcpQueryAnswer.TlId, query.Id, result), function, null);
        }
        catch (SessionQueryException e)
        {
            return (
                new TcpQueryError(query.Id, e.Code, e.Message), null,
                e.EndsSession ? $"{Kind(query.Data)} was refused with code {e.Code}: {e.Message}" : null);
        }
        catch (Exception e)
        {
            if (!_ended.IsCancellationRequested) Log.HandlerFailed(_options.Logger, Kind(query.Data), e.GetType().Name);
            return (new TcpQueryError(query.Id, ErrorCodes.Error, "The query failed on this side."), null, null);
        }
    }

    private void SendPing() => SendSign(new TcpPing(RandomId()));

    private void SendSign(ITcpPacket sign)
    {
        // A peer that pings faster than it reads gets fewer pongs; one is as good as many.
        if (Interlocked.Increment(ref _pendingSigns) <= MaxPendingSigns) _ = SendSignAsync(sign);
        else Interlocked.Decrement(ref _pendingSigns);
    }

    private async Task SendSignAsync(ITcpPacket sign)
    {
        try
        {
            await WriteAsync(sign, _ended).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            EndBecauseOf(e);
        }
        finally
        {
            Interlocked.Decrement(ref _pendingSigns);
        }
    }

    private void OnStall() => End(SessionEndReason.PeerStalled, $"The peer read nothing for {_options.StalledPeerTimeout}.");

    private void OnSilence() => End(SessionEndReason.PeerSilent, $"Nothing was received from the peer for {_deadAfter}.");

    /// <summary>After this no answer can come any more.</summary>
    private void EndInput()
    {
        _liveness.Dispose();
        _arrivals.Writer.TryComplete();
        Volatile.Write(ref _inputEnd, new SessionException(SessionEndReason.RemoteClose, "The peer closed the connection."));
        FailQueries(_inputEnd!);
    }

    private void EndBecauseOf(Exception e)
    {
        switch (e)
        {
            case SessionException session:
                End(session.Reason, session.Message, session.InnerException);
                break;
            case FramingException { Error: FramingError.LengthOutOfRange } when _reader.MaxBodySize < _options.MaxPacketSize:
                End(SessionEndReason.ProtocolViolation, $"The peer broke the protocol. {e.Message} Larger packets are taken only after its handshake.", e);
                break;
            case FramingException or TlFormatException:
                End(SessionEndReason.ProtocolViolation, $"The peer broke the protocol. {e.Message}", e);
                break;
            case OperationCanceledException:
                End(SessionEndReason.LocalClose, "The session was closed here.");
                break;
            default:
                End(SessionEndReason.ConnectionLost, $"The connection was lost: {e.GetType().Name}.", e);
                break;
        }
    }

    private void End(SessionEndReason reason, string why, Exception? cause = null)
    {
        var end = new SessionException(reason, why, cause);
        if (Interlocked.CompareExchange(ref _end, end, null) is not null) return;
        Log.Ended(_options.Logger, reason, why);
        _liveness.Dispose();
        FailQueries(end);
        _ = _lifetime.CancelAsync();
    }

    private void FailQueries(SessionException end)
    {
        foreach (var id in _queries.Keys)
        {
            if (_queries.TryRemove(id, out var query)) Fail(query, new SessionException(end.Reason, end.Message, end.InnerException));
        }
    }

    private static void Fail(TaskCompletionSource<ReadOnlyMemory<byte>> query, Exception e)
    {
        query.TrySetException(e);
        // Looked at here, since whoever asked may have given up already.
        _ = query.Task.Exception;
    }

    private async Task CloseAsync()
    {
        _arrivals.Writer.TryComplete();
        await _writeLock.WaitAsync().ConfigureAwait(false);
        try
        {
            await _transport.Input.CompleteAsync().ConfigureAwait(false);
            await _transport.Output.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The transport is given up either way; how it ended is already known.
        }
        finally
        {
            _writeLock.Release();
        }
        var end = _end!;
        if (end.Reason is SessionEndReason.LocalClose or SessionEndReason.RemoteClose)
        {
            _completion.TrySetResult();
            return;
        }
        _completion.TrySetException(end);
        _ = _completion.Task.Exception;
    }

    /// <summary>What a waiting packet counts for: its bytes, and the objects around them.</summary>
    private static int Cost(ReadOnlyMemory<byte> data) => data.Length + 128;

    private static string Kind(ReadOnlyMemory<byte> data) =>
        data.Length >= 4 ? TlRegistry.Describe(BinaryPrimitives.ReadUInt32LittleEndian(data.Span)) : $"of {data.Length} bytes";
}
