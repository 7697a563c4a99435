using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text;
using Cocoon.Attestation;
using Cocoon.Cryptography;
using Cocoon.Protocol.Framing;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Proxy.Sessions;
using Cocoon.Testing;
using Cocoon.Ton;

namespace Cocoon.Proxy.Tests.Sessions;

/// <summary>A worker or client that writes its packets itself, and badly when a test wants it so; the proxy's end is served as on its ports.</summary>
internal sealed class RawPeer : IAsyncDisposable
{
    public static readonly byte[] Secret = Encoding.UTF8.GetBytes("open sesame");

    private readonly TestProxy _proxy;
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly PacketReader _reader;
    private readonly PacketWriter _writer;
    private readonly ConcurrentDictionary<long, TaskCompletionSource<ITcpPacket>> _replies = new();
    private readonly TaskCompletionSource _reading = new();
    private readonly Task _served;
    private readonly Task _read;
    private long _lastId;

    private RawPeer(TestProxy proxy, TonAddress owner, Func<IDuplexPipe, Task> serve)
    {
        _proxy = proxy;
        Owner = owner;
        var pipes = new DuplexPipePair();
        _input = pipes.Right.Input;
        _output = pipes.Right.Output;
        _reader = new PacketReader(_input);
        _writer = new PacketWriter(_output);
        _served = serve(pipes.Left);
        _read = ReadAsync();
    }

    public TonAddress Owner { get; }

    /// <summary>The number of the next packet.</summary>
    public int NextNumber { get; private set; }

    /// <summary>Whether this side has ended the stream.</summary>
    public bool Ended { get; private set; }

    /// <summary>The one-way messages that came.</summary>
    public Inbox Inbox { get; } = new();

    /// <summary>The queries that the proxy asked.</summary>
    public Inbox Asked { get; } = new();

    /// <summary>Ends when the proxy has closed the connection.</summary>
    public Task Closed => _read;

    /// <summary>A worker as far into its handshake as wanted.</summary>
    public static async Task<RawPeer> WorkerAsync(
        TestProxy proxy, WorkerSessionState state = WorkerSessionState.Ready, int number = 10, int? oldest = 0, int? newest = 2, int coefficient = 1000,
        FakeExchange? exchange = null)
    {
        var evidence = new PeerEvidence(EvidenceKind.FakeTdx, TestProxy.WorkerImage, KeyOf(number), FakeExchange.Good);
        var peer = new RawPeer(proxy, Some.Address(number), pipe => proxy.Sessions.ServeWorkerAsync(pipe, evidence, exchange ?? new FakeExchange(), default));
        await peer.OpenAsync();
        if (state == WorkerSessionState.Connecting)
            return peer;
        if (state == WorkerSessionState.Proving)
            newest = ProtocolVersions.FreshEvidence;
        await peer.AskAsync(peer.Introduction(oldest, newest, coefficient));
        if (state == WorkerSessionState.Proving)
            return peer;
        if (newest >= ProtocolVersions.FreshEvidence)
            await peer.AskAsync(Exchange());
        if (state == WorkerSessionState.Comparing)
            return peer;
        await peer.AskAsync(new WorkerCompareBalanceWithProxy(0, 0, state == WorkerSessionState.ComparingExtended ? 5 : 0));
        if (state == WorkerSessionState.Ready)
        {
            await peer.AskAsync(new WorkerProxyHandshakeComplete(false));
            await Some.UntilAsync(() => proxy.Worker(peer.Owner).Enabled);
        }
        return peer;
    }

    /// <summary>A client as far into its handshake as wanted.</summary>
    public static async Task<RawPeer> ClientAsync(
        TestProxy proxy, ClientSessionState state = ClientSessionState.Ready, int number = 1, int? oldest = 0, int? newest = 2, long tokens = 1_000_000)
    {
        var owner = Some.Address(number);
        proxy.PutClient(owner, tokens, state == ClientSessionState.Registering ? default : Bits256.Sha256(Secret));
        var peer = new RawPeer(proxy, owner, pipe => proxy.Sessions.ServeClientAsync(pipe, PeerEvidence.Unattested(default), new FakeExchange(), default));
        await peer.OpenAsync();
        if (state == ClientSessionState.Connecting)
            return peer;
        if (state == ClientSessionState.Proving)
            newest = ProtocolVersions.FreshEvidence;
        var connect = new ClientConnectToProxy(new ClientParams(owner.ToRaw(), true, oldest, newest), 5);
        if (state == ClientSessionState.Introducing)
        {
            proxy.Chain.BeforeRead = _ => new TaskCompletionSource().Task;
            await peer.SendPacketAsync(peer.Query(connect));
            return peer;
        }
        await peer.AskAsync(connect);
        if (state == ClientSessionState.Proving)
            return peer;
        if (newest >= ProtocolVersions.FreshEvidence)
            await peer.AskAsync(Exchange());
        if (state == ClientSessionState.Registering)
            await peer.SendPacketAsync(peer.Query(new ClientAuthorizeWithProxyLong()));
        if (state == ClientSessionState.Ready)
            await peer.AskAsync(new ClientAuthorizeWithProxyShort(Secret));
        return peer;
    }

    /// <summary>The key in the certificate of a worker.</summary>
    public static Ed25519PublicKey KeyOf(int number) => new(Bits256.Sha256([(byte)number]));

    /// <summary>The query that shows this peer's evidence.</summary>
    public static AttestationExchange Exchange(byte[]? quote = null, int gpus = 0) =>
        new(new AttestationEvidence(quote ?? FakeExchange.Good, [.. Enumerable.Repeat(new AttestationGpu(default, []), gpus)]));

    /// <summary>The query that a worker introduces itself with.</summary>
    public WorkerConnectToProxy Introduction(int? oldest = 0, int? newest = 2, int coefficient = 1000) =>
        new(new WorkerParams(Owner.ToRaw(), TestProxy.ModelText, coefficient, true, 1, 10, oldest, newest));

    public TcpQuery Query(ITlObject function) => new(++_lastId, TlSerializer.Serialize(function));

    /// <summary>Asks and waits for the answer, the refusal, or null if the connection is closed instead.</summary>
    public async Task<ITcpPacket?> ExchangeAsync(TcpQuery query)
    {
        var reply = _replies.GetOrAdd(query.Id, _ => new TaskCompletionSource<ITcpPacket>(TaskCreationOptions.RunContinuationsAsynchronously));
        await SendPacketAsync(query);
        return await OrClosedAsync(reply.Task);
    }

    /// <summary>Whether the answer has been read; what the inbox holds may have been read after it.</summary>
    public bool HasAnswerTo(TcpQuery query) => _replies.TryGetValue(query.Id, out var reply) && reply.Task.IsCompleted;

    public async Task<T> AskAsync<T>(ITlFunction<T> function) where T : ITlObject =>
        TlSerializer.Deserialize<T>((await ExchangeAsync(Query(function))).ShouldBeOfType<TcpQueryAnswer>().Data);

    public async Task<TcpQueryError> RefusedAsync(ITlObject function) => (await ExchangeAsync(Query(function))).ShouldBeOfType<TcpQueryError>();

    public Task SendAsync(ITlObject message) => SendPacketAsync(new TcpPacket(TlSerializer.Serialize(message)));

    public async Task SendPacketAsync(ITlObject packet)
    {
        _writer.Write(packet);
        NextNumber++;
        await _writer.FlushAsync().AsTask().WaitAsync(Some.Patience);
    }

    /// <summary>Sends bytes under a header of the test's own making.</summary>
    public async Task SendRawAsync(uint length, int sequence, ReadOnlyMemory<byte> body)
    {
        var header = new byte[PacketLimits.HeaderSize];
        BinaryPrimitives.WriteUInt32LittleEndian(header, length);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), sequence);
        await _output.WriteAsync(header);
        await _output.WriteAsync(body);
    }

    /// <summary>Pings are answered, which shows that the connection stands and that all before them was read.</summary>
    public async Task AliveAsync()
    {
        for (var i = 0; i < 2; i++)
        {
            var id = ++_lastId;
            var pong = _replies.GetOrAdd(id, _ => new TaskCompletionSource<ITcpPacket>(TaskCreationOptions.RunContinuationsAsynchronously));
            await SendPacketAsync(new TcpPing(id));
            (await OrClosedAsync(pong.Task)).ShouldBeOfType<TcpPong>("the connection is closed");
        }
    }

    public Task ClosedAsync() => Closed.WaitAsync(Some.Patience);

    /// <summary>Ends the stream.</summary>
    public ValueTask EndAsync()
    {
        Ended = true;
        return _output.CompleteAsync();
    }

    /// <summary>Reads nothing from here on, as a peer does that is stuck.</summary>
    public void StopReading() => _reading.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _output.CompleteAsync();
        if (_reading.Task.IsCompleted) await _input.CompleteAsync();
        await _served.WaitAsync(Some.Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task OpenAsync()
    {
        await SendPacketAsync(new TcpConnect(1));
        await AliveAsync();
    }

    private async Task ReadAsync()
    {
        while (await _reader.ReadAsync() is { } body)
        {
            if (_reading.Task.IsCompleted) await Task.Delay(Timeout.Infinite);
            switch (TlSerializer.Deserialize<ITcpPacket>(body))
            {
                case TcpPacket message:
                    Inbox.Add(TlSerializer.Deserialize(message.Data));
                    break;
                case TcpQuery query:
                    Asked.Add(query);
                    break;
                case TcpQueryAnswer answer:
                    Reply(answer.Id, answer);
                    break;
                case TcpQueryError error:
                    Reply(error.Id, error);
                    break;
                case TcpPong pong:
                    Reply(pong.Id, pong);
                    break;
            }
        }
    }

    /// <summary>The reply, or null when the connection is closed without one.</summary>
    private async Task<ITcpPacket?> OrClosedAsync(Task<ITcpPacket> reply)
    {
        await Task.WhenAny(reply, _read).WaitAsync(Some.Patience);
        return reply.IsCompleted ? await reply : null;
    }

    private void Reply(long id, ITcpPacket packet) =>
        _replies.GetOrAdd(id, _ => new TaskCompletionSource<ITcpPacket>(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult(packet);
}
