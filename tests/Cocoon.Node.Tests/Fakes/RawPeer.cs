using System.IO.Pipelines;
using Cocoon.Protocol.Framing;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Tl;

namespace Cocoon.Node.Tests.Fakes;

/// <summary>The far end of a session that a role has dialled, played packet by packet: nothing is sent that the test does not send.</summary>
internal sealed class RawPeer
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly PacketReader _reader;
    private readonly PacketWriter _writer;
    private readonly List<ITcpPacket> _passedOver = [];
    private bool _closed;

    private RawPeer(IDuplexPipe transport)
    {
        Transport = transport;
        _reader = new PacketReader(transport.Input);
        _writer = new PacketWriter(transport.Output);
    }

    public IDuplexPipe Transport { get; }

    /// <summary>Accepts a session.</summary>
    public static async Task<RawPeer> AcceptAsync(IDuplexPipe transport)
    {
        var peer = new RawPeer(transport);
        await peer.SendAsync(new TcpConnected((await peer.ReceiveAsync<TcpConnect>()).Id));
        return peer;
    }

    public async Task SendAsync(ITlObject packet)
    {
        _writer.Write(packet);
        await _writer.FlushAsync().AsTask().WaitAsync(Patience);
    }

    public Task SendMessageAsync(ITlObject message) => SendMessageAsync(TlSerializer.Serialize(message));

    public Task SendMessageAsync(byte[] message) => SendAsync(new TcpPacket(message));

    public Task AnswerAsync(long id, ITlObject result) => SendAsync(new TcpQueryAnswer(id, TlSerializer.Serialize(result)));

    /// <summary>The next packet of a kind; others stay to be received later.</summary>
    public async Task<T> ReceiveAsync<T>() where T : ITcpPacket
    {
        while (true)
        {
            if (_passedOver.OfType<T>().FirstOrDefault() is { } packet)
            {
                _passedOver.Remove(packet);
                return packet;
            }
            if (!await ReadAsync())
                throw new EndOfStreamException("the session has ended");
        }
    }

    /// <summary>Whether a packet of a kind was passed over.</summary>
    public bool HasReceived<T>() => _passedOver.OfType<T>().Any();

    /// <summary>Asks for a sign of life and gets it: all that was sent before has been read.</summary>
    public async Task PingAsync()
    {
        await SendAsync(new TcpPing(1));
        await ReceiveAsync<TcpPong>();
    }

    /// <summary>Ends when the session closes the connection, be it in the middle of a large packet.</summary>
    public async Task ClosedAsync()
    {
        try
        {
            while (await ReadAsync())
            {
            }
        }
        catch (FramingException exception) when (exception.Error == FramingError.Truncated)
        {
            _closed = true;
        }
    }

    private async Task<bool> ReadAsync()
    {
        if (_closed)
            return false;
        var body = await _reader.ReadAsync().AsTask().WaitAsync(Patience);
        if (body is { } packet)
            _passedOver.Add(TlSerializer.Deserialize<ITcpPacket>(packet));
        _closed = body is null;
        return !_closed;
    }

    /// <summary>The id of the next query, which must be of a type.</summary>
    public async Task<long> QueryAsync<T>() where T : ITlObject
    {
        var query = await ReceiveAsync<TcpQuery>();
        TlSerializer.Deserialize(query.Data).ShouldBeOfType<T>();
        return query.Id;
    }

    /// <summary>The next one-way message.</summary>
    public async Task<ITlObject> MessageAsync() => TlSerializer.Deserialize((await ReceiveAsync<TcpPacket>()).Data);
}
