using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using Cocoon.Cryptography;
using Cocoon.Protocol.Framing;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;

namespace Cocoon.Fuzz;

/// <summary>One connection to a role under attack: sends any bytes, and knows what the role sent last.</summary>
internal sealed class HostileLink
{
    /// <summary>Stands in samples for the id of the request that is under way.</summary>
    public static readonly Bits256 AnyRequest = Bits256.Sha256("the request under way"u8);

    /// <summary>What a dialler of version 3 shows.</summary>
    public static readonly AttestationExchange Evidence = new(new AttestationEvidence(new byte[64], [new AttestationGpu(new byte[32], [new byte[16]])]));

    private readonly IDuplexPipe _pipe;
    private readonly ISessionHandler? _answers;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly ConcurrentDictionary<long, TaskCompletionSource<ITcpPacket>> _waiting = new();
    private readonly ConcurrentQueue<string> _happened = new();
    private readonly Task _reading;
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _gotRequest = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ITcpPacket> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _sequence;
    private int _answersLeft;
    private long _nextId = 1;
    private byte[]? _request;

    /// <summary>Takes one end of a connection.</summary>
    /// <param name="pipe">The end.</param>
    /// <param name="serving">Ends as the role's side does.</param>
    /// <param name="answers">Answers what the role asks, as a good peer does.</param>
    /// <param name="answersLeft">How many of the role's queries are answered so; the next is left to the attack.</param>
    public HostileLink(IDuplexPipe pipe, Task serving, ISessionHandler? answers = null, int answersLeft = 0)
    {
        _pipe = pipe;
        Serving = serving;
        _answers = answers;
        _answersLeft = answersLeft;
        _reading = Task.Run(ReadAsync);
    }

    public Task Serving { get; }

    public long Replies { get; private set; }

    /// <summary>The query that the role waits for.</summary>
    public long PendingQuery { get; private set; }

    public bool Closed => _reading.IsCompleted;

    /// <summary>Whether a packet's length was a lie, so that the role may rightly be waiting for the rest of it.</summary>
    public bool Torn { get; private set; }

    /// <summary>What the role did since it was asked last.</summary>
    public IReadOnlyList<string> TakeHappened()
    {
        var all = new List<string>();
        while (_happened.TryDequeue(out var one)) all.Add(one);
        return all;
    }

    public void UseRequest(Bits256 id) => _request = id.ToArray();

    /// <summary>Opens the connection as the side that dials.</summary>
    public async Task DialAsync()
    {
        await SendAsync(new TcpConnect(1));
        await _opened.Task.WaitAsync(Target.Patience);
    }

    /// <summary>Opens the connection as the side that accepts.</summary>
    public async Task AcceptAsync()
    {
        var connect = (TcpConnect)await _opened.Task.WaitAsync(Target.Patience);
        await SendAsync(new TcpConnected(connect.Id));
    }

    /// <summary>Asks as a good peer does.</summary>
    public async Task AskAsync(ITlObject function)
    {
        var (id, answer) = Wait();
        await SendAsync(new TcpQuery(id, TlSerializer.Serialize(function)));
        if (await answer.WaitAsync(Target.Patience) is TcpQueryError error)
            throw new FuzzException($"a good {function} was refused: {error.Message}");
    }

    /// <summary>Waits until the role asks the query that is left to the attack.</summary>
    public Task UntilAskedAsync() => _asked.Task.WaitAsync(Target.Patience);

    /// <summary>Waits until the role has sent a request.</summary>
    public Task UntilRequestAsync() => _gotRequest.Task.WaitAsync(Target.Patience);

    public Task SendAsync(ITlObject packet) => SendAsync(TlSerializer.Serialize(packet));

    /// <summary>Sends a packet, also one whose number and length lie.</summary>
    public async Task SendAsync(byte[] body, int skip = 0, int lie = 0, int? cut = null)
    {
        await _writing.WaitAsync();
        try
        {
            if (_reading.IsCompleted) return;
            var frame = new byte[PacketLimits.HeaderSize + body.Length];
            BinaryPrimitives.WriteInt32LittleEndian(frame, body.Length + lie);
            BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(4), _sequence++ + skip);
            body.CopyTo(frame, PacketLimits.HeaderSize);
            Torn |= lie != 0 || cut < frame.Length;
            await _pipe.Output.WriteAsync(frame.AsMemory(0, cut is { } length ? Math.Min(length, frame.Length) : frame.Length));
        }
        catch (InvalidOperationException)
        {
            // Closed meanwhile.
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>The packet that carries a sample.</summary>
    public byte[] Wrap(Sample sample, bool strayAnswer)
    {
        var data = sample.Data;
        if (_request is { } request && data.AsSpan().IndexOf(AnyRequest.ToArray()) is >= 0 and var at)
        {
            data = (byte[])data.Clone();
            request.CopyTo(data, at);
        }
        return sample.Kind switch
        {
            PacketKind.Message => TlSerializer.Serialize(new TcpPacket(data)),
            PacketKind.Query => TlSerializer.Serialize(new TcpQuery(Interlocked.Increment(ref _nextId), data)),
            PacketKind.Answer => TlSerializer.Serialize(new TcpQueryAnswer(strayAnswer ? 7 : PendingQuery, data)),
            _ => data,
        };
    }

    /// <summary>Waits until everything sent has been dealt with: a ping is answered, or the role has closed.</summary>
    /// <returns>Whether the connection is open.</returns>
    public async Task<bool> IsAliveAsync()
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var (id, pong) = Wait();
            await SendAsync(new TcpPing(id));
            await Task.WhenAny(pong, _reading).WaitAsync(Target.Patience);
            if (pong.IsCompletedSuccessfully) return true;
            if (_reading.IsCompleted) return false;
        }
        throw new FuzzException("an open connection answers no pings");
    }

    /// <summary>Closes this end and waits for the role to have done with the connection.</summary>
    public async Task<string> CloseAsync()
    {
        await _writing.WaitAsync();
        try
        {
            await _pipe.Output.CompleteAsync();
        }
        finally
        {
            _writing.Release();
        }
        try
        {
            await Serving.WaitAsync(Target.Patience);
            return "closed";
        }
        catch (TimeoutException)
        {
            throw new FuzzException("the role keeps a connection that was closed");
        }
        catch (SessionException exception)
        {
            if (exception is { Reason: SessionEndReason.HandlerFailed, InnerException: not (SessionQueryException or IOException or null) })
                throw new FuzzException("a handler threw", exception.InnerException);
            return exception.Reason.ToString();
        }
        catch (Exception exception) when (exception is IOException or TimeoutException or SessionQueryException or OperationCanceledException)
        {
            return exception.GetType().Name;
        }
        catch (Exception exception)
        {
            throw new FuzzException($"the connection ended with {exception.GetType().Name}: {exception.Message}", exception);
        }
        finally
        {
            await _reading.WaitAsync(Target.Patience);
            await _pipe.Input.CompleteAsync();
        }
    }

    private (long Id, Task<ITcpPacket> Done) Wait()
    {
        // Negative, so that no sample meets it by chance.
        var id = -Interlocked.Increment(ref _nextId);
        var source = _waiting[id] = new TaskCompletionSource<ITcpPacket>(TaskCreationOptions.RunContinuationsAsynchronously);
        return (id, source.Task);
    }

    private async Task ReadAsync()
    {
        var reader = new PacketReader(_pipe.Input);
        try
        {
            while (await reader.ReadAsync() is { } body) await TakeAsync(TlSerializer.Deserialize<ITcpPacket>(body));
        }
        catch (Exception exception) when (exception is InvalidOperationException or IOException)
        {
            // Closed on this side.
        }
        foreach (var waiting in _waiting.Values) waiting.TrySetCanceled();
        _opened.TrySetCanceled();
        _asked.TrySetCanceled();
        _gotRequest.TrySetCanceled();
    }

    private async Task TakeAsync(ITcpPacket packet)
    {
        switch (packet)
        {
            case TcpConnect or TcpConnected:
                _opened.TrySetResult(packet);
                break;
            case TcpPong pong when _waiting.TryRemove(pong.Id, out var waiting):
                waiting.TrySetResult(packet);
                break;
            case TcpQuery query:
                PendingQuery = query.Id;
                if (--_answersLeft >= 0)
                    await SendAsync(new TcpQueryAnswer(query.Id, TlSerializer.Serialize(await _answers!.OnQueryAsync(TlSerializer.Deserialize(query.Data), default))));
                else _asked.TrySetResult();
                break;
            case TcpQueryError error:
                if (error is { Code: ErrorCodes.Error, Message: "The query failed on this side." }) _happened.Enqueue(HandlerThrew);
                Reply($"refused {error.Code} {error.Message}");
                if (_waiting.TryRemove(error.Id, out var refused)) refused.TrySetResult(packet);
                break;
            case TcpQueryAnswer answer:
                Reply($"answered {Name(answer.Data)}");
                if (_waiting.TryRemove(answer.Id, out var answered)) answered.TrySetResult(packet);
                break;
            case TcpPacket message:
                Reply($"said {Name(message.Data)}");
                if (TlSerializer.Deserialize(message.Data) is ProxyRunQueryEx run)
                {
                    UseRequest(run.RequestId);
                    _gotRequest.TrySetResult();
                }
                break;
        }
    }

    /// <summary>Happens only when a handler throws what no peer should be able to make it throw.</summary>
    public const string HandlerThrew = "a handler of queries threw";

    private void Reply(string what)
    {
        Replies++;
        _happened.Enqueue(what);
    }

    private static string Name(ReadOnlyMemory<byte> data) => TlRegistry.Describe(BinaryPrimitives.ReadUInt32LittleEndian(data.Span));
}
