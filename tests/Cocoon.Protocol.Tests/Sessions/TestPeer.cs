using System.Buffers.Binary;
using System.IO.Pipelines;
using Cocoon.Protocol.Framing;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Testing;

namespace Cocoon.Protocol.Tests.Sessions;

/// <summary>The far end of a session under test, played packet by packet, and badly when a test wants it so.</summary>
internal sealed class TestPeer
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly PacketReader _reader;
    private readonly PacketWriter _writer;

    private TestPeer(DuplexPipePair pipes)
    {
        Transport = pipes.Right;
        _reader = new PacketReader(pipes.Right.Input);
        _writer = new PacketWriter(pipes.Right.Output);
    }

    public IDuplexPipe Transport { get; }

    /// <summary>A peer that has dialled and finished the handshake, and the session that accepted it.</summary>
    public static async Task<(Session Session, TestPeer Peer)> DialAsync(
        TestHandler handler, TimeProvider time, SessionOptions? options = null, int bufferSize = 64 * 1024)
    {
        var (opening, peer) = Start(false, handler, time, options, bufferSize);
        await peer.SendAsync(new TcpConnect(42));
        (await peer.ReceiveAsync<TcpConnected>()).Id.ShouldBe(42);
        return (await opening.WaitAsync(Patience), peer);
    }

    /// <summary>A peer that has accepted and finished the handshake, and the session that dialled it.</summary>
    public static async Task<(Session Session, TestPeer Peer)> AcceptAsync(TestHandler handler, TimeProvider time, SessionOptions? options = null)
    {
        var (opening, peer) = Start(true, handler, time, options);
        await peer.ReceiveAsync<TcpConnect>();
        await peer.SendAsync(new TcpConnected(7));
        return (await opening.WaitAsync(Patience), peer);
    }

    public static (Task<Session> Opening, TestPeer Peer) Start(
        bool dial, TestHandler handler, TimeProvider time, SessionOptions? options = null, int bufferSize = 64 * 1024)
    {
        var pipes = new DuplexPipePair(bufferSize);
        options ??= new SessionOptions();
        var opening = dial ? Session.ConnectAsync(pipes.Left, options, handler, time, default)
            : Session.AcceptAsync(pipes.Left, options, handler, time, default);
        return (opening, new TestPeer(pipes));
    }

    public async Task SendAsync(ITlObject packet)
    {
        _writer.Write(packet);
        await _writer.FlushAsync().AsTask().WaitAsync(Patience);
    }

    public Task SendMessageAsync(ITlObject message) => SendAsync(new TcpPacket(TlSerializer.Serialize(message)));

    public async Task SendRawAsync(uint length, int sequence, ReadOnlyMemory<byte> body)
    {
        var header = new byte[PacketLimits.HeaderSize];
        BinaryPrimitives.WriteUInt32LittleEndian(header, length);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), sequence);
        await Transport.Output.WriteAsync(header);
        await Transport.Output.WriteAsync(body);
    }

    public async Task<T> ReceiveAsync<T>()
        where T : ITcpPacket
    {
        var body = await _reader.ReadAsync().AsTask().WaitAsync(Patience);
        return TlSerializer.Deserialize<T>(body.ShouldNotBeNull());
    }

    /// <summary>A ping that is answered proves that all before it was read.</summary>
    public async Task AssertAliveAsync(long id = 99)
    {
        await SendAsync(new TcpPing(id));
        (await ReceiveAsync<TcpPong>()).Id.ShouldBe(id);
    }

    public async Task AssertClosedAsync()
    {
        while (await _reader.ReadAsync().AsTask().WaitAsync(Patience) is not null)
        {
        }
    }

    /// <summary>Lets virtual time pass in small steps, between which all others get their turn, until something has happened.</summary>
    public static async Task AdvanceUntilAsync(ManualTimeProvider time, TimeSpan step, Task happened)
    {
        while (!happened.IsCompleted)
        {
            time.Advance(step);
            await Task.Run(() => { });
        }
    }

    /// <summary>Waits for what other threads do.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        using var guard = new CancellationTokenSource(Patience);
        while (!condition())
        {
            guard.Token.ThrowIfCancellationRequested();
            await Task.Run(() => { });
        }
    }

    public static async Task<SessionException> FailsAsync(Task task) => await Should.ThrowAsync<SessionException>(task.WaitAsync(Patience));
}
