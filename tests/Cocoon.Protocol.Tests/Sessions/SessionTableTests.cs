using System.Text.RegularExpressions;
using Cocoon.Protocol.Framing;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Testing;

namespace Cocoon.Protocol.Tests.Sessions;

/// <summary>Plays every cell of the session's table in docs/protocol/transport.md.</summary>
public sealed partial class SessionTableTests
{
    private const string Dialling = "dialling";
    private const string Accepting = "accepting";
    private const string Admitted = "admitted";

    private static readonly byte[] Message = TlSerializer.Serialize(new WorkerNewCoefficient(1));
    private static readonly byte[] Function = TlSerializer.Serialize(new TestQuery(1));
    private static readonly byte[] Ping = TlSerializer.Serialize(new TcpPing(1));
    private static readonly byte[] Unknown = [0xef, 0xbe, 0xad, 0xde, 1, 2, 3, 4];

    private static readonly Dictionary<string, Func<Scene, Task>> Events = new()
    {
        ["`tcp.connect`"] = scene => scene.SendAsync(new TcpConnect(1)),
        ["`tcp.connected`"] = scene => scene.SendAsync(new TcpConnected(1)),
        ["`tcp.ping`"] = scene => scene.SendAsync(new TcpPing(1)),
        ["`tcp.pong`"] = scene => scene.SendAsync(new TcpPong(1)),
        ["`tcp.packet` with a message"] = scene => scene.SendAsync(new TcpPacket(Message)),
        ["`tcp.packet` with a message of more than 64 KiB"] = scene => scene.SendAsync(new TcpPacket(TlSerializer.Serialize(new ProxySignedPayment(new byte[65_536])))),
        ["`tcp.packet` with an unknown constructor"] = scene => scene.SendAsync(new TcpPacket(Unknown)),
        ["`tcp.packet` with a message cut short"] = scene => scene.SendAsync(new TcpPacket(Message.AsMemory(0, 6))),
        ["`tcp.packet` with nothing in it"] = scene => scene.SendAsync(new TcpPacket(default)),
        ["`tcp.query` with a function"] = scene => scene.SendAsync(new TcpQuery(1, Function)),
        ["`tcp.query` with no function"] = scene => scene.SendAsync(new TcpQuery(1, Message)),
        ["`tcp.query` with an unknown constructor"] = scene => scene.SendAsync(new TcpQuery(1, Unknown)),
        ["`tcp.query` with a function cut short"] = scene => scene.SendAsync(new TcpQuery(1, Function.AsMemory(0, 8))),
        ["`tcp.queryAnswer` to nothing asked"] = scene => scene.SendAsync(new TcpQueryAnswer(1, Message)),
        ["`tcp.queryError` to nothing asked"] = scene => scene.SendAsync(new TcpQueryError(1, 651, "later")),
        ["an object that is no packet"] = scene => scene.SendAsync(new TestQuery(1)),
        ["a packet cut short"] = scene => scene.SendRawAsync(Ping.Length - 4, 0, Ping.AsMemory(0, Ping.Length - 4)),
        ["a packet with bytes behind its end"] = scene => scene.SendRawAsync(Ping.Length + 4, 0, (byte[])[.. Ping, 0, 0, 0, 0]),
        ["a length below 4"] = scene => scene.SendRawAsync(3, 0, Ping),
        ["a length above 16 MiB"] = scene => scene.SendRawAsync(PacketLimits.MaxBodySize + 1, 0, Ping),
        ["a number that was there before"] = scene => scene.SendRawAsync(Ping.Length, -1, Ping),
        ["a number that leaves one out"] = scene => scene.SendRawAsync(Ping.Length, 1, Ping),
        ["the end of the stream"] = scene => scene.Peer.Transport.Output.CompleteAsync().AsTask(),
        ["the end of the stream within a packet"] = async scene =>
        {
            await scene.SendRawAsync(Ping.Length, 0, Ping.AsMemory(0, 5));
            await scene.Peer.Transport.Output.CompleteAsync();
        },
        ["silence"] = scene => Task.Run(() => scene.Time.Advance(TimeSpan.FromSeconds(60))),
    };

    public static TheoryData<string, string, string> Cells()
    {
        var cells = new TheoryData<string, string, string>();
        foreach (var (@event, state, answer) in Table()) cells.Add(@event, state, answer);
        return cells;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task The_answer_is_the_tables(string @event, string state, string answer)
    {
        var scene = await Scene.OpenAsync(state);
        await Events[@event](scene);
        (await scene.AnswerAsync()).ShouldBe(answer);
    }

    [Fact]
    public void Every_event_has_its_row() => Table().Select(cell => cell.Event).Distinct().ShouldBe(Events.Keys, ignoreOrder: true);

    private static IEnumerable<(string Event, string State, string Answer)> Table()
    {
        var lines = File.ReadAllLines(NodeModules.Find("docs/protocol/transport.md")).SkipWhile(line => !line.StartsWith("| event | dialling", StringComparison.Ordinal));
        var rows = lines.TakeWhile(line => line.StartsWith('|')).Select(line => line.Trim('|', ' ').Split(" | ")).ToList();
        return rows.Skip(2).SelectMany(row => row.Skip(1).Select((answer, i) => (row[0], rows[0][i + 1], Code().Match(answer).Groups[1].Value)));
    }

    [GeneratedRegex("^`([a-z]+)`$")]
    private static partial Regex Code();

    /// <summary>A session in one of the table's states, and the peer at its other end.</summary>
    private sealed class Scene
    {
        private readonly TestHandler _handler = new() { Query = (_, _) => new(new TestAnswer(1)) };
        private string _state = "";
        private Task<Session> _opening = null!;
        private int _sent;

        public ManualTimeProvider Time { get; } = new();

        public TestPeer Peer { get; private set; } = null!;

        public static async Task<Scene> OpenAsync(string state)
        {
            var scene = new Scene { _state = state };
            (scene._opening, scene.Peer) = TestPeer.Start(state == Dialling, scene._handler, scene.Time, bufferSize: 1 << 20);
            if (state == Dialling) await scene.Peer.ReceiveAsync<TcpConnect>();
            if (state is Dialling or Accepting) return scene;
            await scene.SendAsync(new TcpConnect(1));
            await scene.Peer.ReceiveAsync<TcpConnected>();
            var session = await scene._opening.WaitAsync(TestPeer.Patience);
            if (state == Admitted) session.AllowLargePackets();
            return scene;
        }

        public Task SendAsync(ITlObject packet)
        {
            _sent++;
            return Peer.SendAsync(packet);
        }

        /// <summary>Sends a packet whose length and number may lie.</summary>
        public Task SendRawAsync(int length, int skip, ReadOnlyMemory<byte> body) => Peer.SendRawAsync((uint)length, _sent + skip, body);

        public async Task<string> AnswerAsync()
        {
            if (_state is Dialling or Accepting)
            {
                try
                {
                    await _opening.WaitAsync(TestPeer.Patience);
                    return "open";
                }
                catch (SessionException)
                {
                    await Peer.AssertClosedAsync();
                    return "close";
                }
            }
            var session = await _opening;
            var answer = "ignore";
            try
            {
                // All of it was dealt with when this ping is answered.
                await Peer.SendAsync(new TcpPing(99));
                while (await Peer.ReceiveAsync<ITcpPacket>() is not TcpPong { Id: 99 } and var packet)
                    answer = packet switch { TcpPong => "pong", TcpQueryAnswer => "answer", TcpQueryError => "refuse", _ => packet.ToString()! };
            }
            catch (Exception exception) when (exception is InvalidOperationException or ShouldAssertException)
            {
                await session.Completion.WaitAsync(TestPeer.Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return "close";
            }
            // Closed in good order, so that all that was sent is delivered.
            await Peer.Transport.Output.CompleteAsync();
            await session.Completion.WaitAsync(TestPeer.Patience);
            return _handler.HasMore ? "deliver" : answer;
        }
    }
}
