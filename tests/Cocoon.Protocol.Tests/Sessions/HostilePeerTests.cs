using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tests.Messages;
using Cocoon.Protocol.Tl;
using Cocoon.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace Cocoon.Protocol.Tests.Sessions;

public sealed class HostilePeerTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Silence_instead_of_the_handshake_is_given_up_and_no_ping_breaks_it(bool dial)
    {
        var (opening, peer) = TestPeer.Start(dial, new TestHandler(), _time, new SessionOptions { HandshakeTimeout = TimeSpan.FromSeconds(30) });
        if (dial) await peer.ReceiveAsync<TcpConnect>();
        _time.Advance(TimeSpan.FromSeconds(29));
        opening.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));
        (await TestPeer.FailsAsync(opening)).Reason.ShouldBe(SessionEndReason.HandshakeTimeout);
        var rest = await peer.Transport.Input.ReadAsync();
        (rest.Buffer.IsEmpty, rest.IsCompleted).ShouldBe((true, true));
        _time.PendingTimers.ShouldBe(0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_end_instead_of_the_handshake_is_reported(bool dial)
    {
        var (opening, peer) = TestPeer.Start(dial, new TestHandler(), _time);
        await peer.Transport.Output.CompleteAsync();
        (await TestPeer.FailsAsync(opening)).Reason.ShouldBe(SessionEndReason.RemoteClose);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Anything_else_as_the_first_packet_ends_the_session(bool dial)
    {
        ITlObject[] wrong =
        [
            new TcpPing(1), new TcpPong(1), dial ? new TcpConnect(1) : new TcpConnected(1), new TcpPacket(new byte[4]), new TcpQuery(1, new byte[4]),
            new TcpQueryAnswer(1, new byte[4]), new TcpQueryError(1, 2, "x"), new TestQuery(1),
        ];
        foreach (var packet in wrong)
        {
            var (opening, peer) = TestPeer.Start(dial, new TestHandler(), _time);
            if (dial) await peer.ReceiveAsync<TcpConnect>();
            await peer.SendAsync(packet);
            (await TestPeer.FailsAsync(opening)).Reason.ShouldBe(SessionEndReason.ProtocolViolation);
            await peer.AssertClosedAsync();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Noise_instead_of_the_handshake_never_does_more_than_fail_it(bool dial) => Prop.ForAll(ArbMap.Default.ArbFor<uint>(), seed =>
    {
        var factory = new MessageFactory(seed);
        var (opening, peer) = TestPeer.Start(dial, new TestHandler(), _time);
        Play(async () =>
        {
            await peer.Transport.Output.WriteAsync(factory.Bytes(1 + factory.Next(60)));
            await peer.Transport.Output.CompleteAsync();
            await TestPeer.FailsAsync(opening);
        });
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Noise_after_the_handshake_only_ends_the_session() => Prop.ForAll(ArbMap.Default.ArbFor<uint>(), seed =>
    {
        var factory = new MessageFactory(seed);
        Play(async () =>
        {
            var (session, peer) = await TestPeer.DialAsync(new TestHandler(), _time);
            for (var i = factory.Next(4); i > 0; i--) await peer.SendAsync(factory.Create(typeof(ITcpPacket)));
            await peer.Transport.Output.WriteAsync(factory.Bytes(1 + factory.Next(60)));
            await peer.Transport.Output.CompleteAsync();
            var ended = await Should.ThrowAsync<SessionException>(session.Completion.WaitAsync(TestPeer.Patience));
            ended.Reason.ShouldBe(SessionEndReason.ProtocolViolation);
        });
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task A_wrong_number_ends_the_session()
    {
        var (session, peer) = await TestPeer.DialAsync(new TestHandler(), _time);
        await peer.SendRawAsync(12, 5, TlSerializer.Serialize(new TcpPing(1)));
        var end = await TestPeer.FailsAsync(session.Completion);
        end.Reason.ShouldBe(SessionEndReason.ProtocolViolation);
        end.Message.ShouldContain("Expected packet 1, found packet 5");
        await peer.AssertClosedAsync();
    }

    [Fact]
    public async Task A_packet_over_the_limit_ends_the_session_before_its_body_arrives()
    {
        var (session, peer) = await TestPeer.DialAsync(new TestHandler(), _time, new SessionOptions { MaxPacketSize = 2048 });
        await peer.SendRawAsync(2049, 1, default);
        (await TestPeer.FailsAsync(session.Completion)).Reason.ShouldBe(SessionEndReason.ProtocolViolation);
    }

    [Fact]
    public async Task A_large_packet_of_a_peer_not_yet_admitted_ends_the_session_before_its_body_arrives()
    {
        var (session, peer) = await TestPeer.DialAsync(new TestHandler(), _time, new SessionOptions { MaxPacketSizeBeforeReady = 2048 });
        await peer.SendAsync(new TcpPacket(new byte[2040]));
        await peer.AssertAliveAsync();
        await peer.SendRawAsync(2049, 3, default);
        var end = await TestPeer.FailsAsync(session.Completion);
        end.Reason.ShouldBe(SessionEndReason.ProtocolViolation);
        end.Message.ShouldContain("announces 2049 bytes; 4 to 2048 are allowed");
        end.Message.ShouldContain("after its handshake");
    }

    [Fact]
    public async Task A_large_packet_behind_the_query_that_admits_the_peer_is_taken()
    {
        TestHandler? handler = null;
        handler = new TestHandler
        {
            Query = (_, _) =>
            {
                handler!.Ready!.AllowLargePackets();
                return new(new TestAnswer(1));
            },
        };
        var (_, peer) = await TestPeer.DialAsync(handler, _time);
        await peer.SendAsync(new TcpQuery(1, TlSerializer.Serialize(new TestQuery(1))));
        var large = Task.Run(() => peer.SendMessageAsync(new ProxySignedPayment(new byte[3 << 20])));
        (await handler.NextAsync<ProxySignedPayment>()).Data.Length.ShouldBe(3 << 20);
        await large;
    }

    [Fact]
    public async Task Packets_above_the_rate_wait_for_their_time_and_none_is_lost()
    {
        var (session, peer) = await TestPeer.DialAsync(new TestHandler(), _time, new SessionOptions { MaxPacketsPerSecond = 10 });
        var timers = _time.PendingTimers;
        for (var i = 0; i < 20; i++) await peer.AssertAliveAsync(i);
        await TestPeer.UntilAsync(() => _time.PendingTimers == timers + 1);
        await peer.SendAsync(new TcpPing(20));
        await peer.SendAsync(new TcpPing(21));
        _time.Advance(TimeSpan.FromMilliseconds(99));
        peer.Transport.Input.TryRead(out _).ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        (await peer.ReceiveAsync<TcpPong>()).Id.ShouldBe(20);
        await TestPeer.UntilAsync(() => _time.PendingTimers == timers + 1);
        peer.Transport.Input.TryRead(out _).ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(100));
        (await peer.ReceiveAsync<TcpPong>()).Id.ShouldBe(21);
        session.Completion.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Without_a_rate_any_number_of_packets_is_taken_at_once()
    {
        var (_, peer) = await TestPeer.DialAsync(new TestHandler(), _time, new SessionOptions { MaxPacketsPerSecond = 0 });
        for (var i = 0; i < 50_000; i++) await peer.SendAsync(new TcpPong(i));
        await peer.AssertAliveAsync();
    }

    [Fact]
    public async Task An_undecodable_packet_ends_the_session_and_fails_its_queries()
    {
        var (session, peer) = await TestPeer.AcceptAsync(new TestHandler(), _time);
        var query = session.QueryAsync(new TestQuery(1), Long, default);
        await peer.ReceiveAsync<TcpQuery>();
        await peer.SendAsync(new TestAnswer(1));
        (await TestPeer.FailsAsync(query)).Reason.ShouldBe(SessionEndReason.ProtocolViolation);
        (await TestPeer.FailsAsync(session.Completion)).Message.ShouldContain("test.answer");
    }

    [Fact]
    public async Task Later_handshake_packets_are_ignored()
    {
        var (_, peer) = await TestPeer.DialAsync(new TestHandler(), _time);
        await peer.SendAsync(new TcpConnect(1));
        await peer.SendAsync(new TcpConnected(1));
        await peer.AssertAliveAsync();
    }

    [Fact]
    public async Task Interop_12_6_9_The_side_that_dialled_asks_after_10_seconds_of_silence_and_gives_up_after_20()
    {
        var (session, peer) = await TestPeer.AcceptAsync(new TestHandler(), _time);
        _time.Advance(TimeSpan.FromSeconds(9.9));
        peer.Transport.Input.TryRead(out _).ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await peer.ReceiveAsync<TcpPing>();
        _time.Advance(TimeSpan.FromSeconds(9.9));
        peer.Transport.Input.TryRead(out _).ShouldBeFalse();
        session.Completion.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(0.1));
        (await TestPeer.FailsAsync(session.Completion)).Reason.ShouldBe(SessionEndReason.PeerSilent);
    }

    [Fact]
    public async Task Interop_12_6_9_The_side_that_dialled_pings_also_when_it_hears_much_and_says_nothing()
    {
        var handler = new TestHandler();
        var (session, peer) = await TestPeer.AcceptAsync(handler, _time);
        for (var i = 1; i <= 18; i++)
        {
            await peer.SendMessageAsync(new WorkerNewCoefficient(i));
            await handler.NextAsync<WorkerNewCoefficient>();
            _time.Advance(TimeSpan.FromSeconds(5));
            if (i % 6 == 0) await peer.ReceiveAsync<TcpPing>();
            peer.Transport.Input.TryRead(out _).ShouldBeFalse();
        }
        session.Completion.IsCompleted.ShouldBeFalse();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Interop_12_6_9_Pings_are_answered_by_either_side(bool dial)
    {
        var (_, peer) = dial ? await TestPeer.AcceptAsync(new TestHandler(), _time) : await TestPeer.DialAsync(new TestHandler(), _time);
        foreach (var id in (long[])[0, -1, long.MinValue, long.MaxValue]) await peer.AssertAliveAsync(id);
    }

    [Fact]
    public async Task Any_packet_is_a_sign_of_life()
    {
        var (session, peer) = await TestPeer.AcceptAsync(new TestHandler(), _time);
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            var ping = await peer.ReceiveAsync<TcpPing>();
            await peer.SendAsync(new TcpPong(ping.Id));
            await peer.AssertAliveAsync();
        }
        session.Completion.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Interop_12_6_9_The_side_that_accepted_does_not_ask_and_gives_up_after_60_seconds()
    {
        var (session, peer) = await TestPeer.DialAsync(new TestHandler(), _time);
        _time.Advance(TimeSpan.FromSeconds(59.9));
        session.Completion.IsCompleted.ShouldBeFalse();
        peer.Transport.Input.TryRead(out _).ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(0.1));
        (await TestPeer.FailsAsync(session.Completion)).Reason.ShouldBe(SessionEndReason.PeerSilent);
    }

    [Fact]
    public async Task A_flood_of_pongs_does_nothing()
    {
        var (_, peer) = await TestPeer.DialAsync(new TestHandler(), _time);
        for (var i = 0; i < 10_000; i++) await peer.SendAsync(new TcpPong(i));
        await peer.AssertAliveAsync();
    }

    [Fact]
    public async Task A_flood_of_pings_without_reading_gets_a_bounded_number_of_pongs()
    {
        var handler = new TestHandler();
        var (_, peer) = await TestPeer.DialAsync(handler, _time, bufferSize: 4096);
        for (var i = 0; i < 10_000; i++) await peer.SendAsync(new TcpPing(i));
        // All pings were taken when this is delivered, so no more pongs come than those that wait for being read.
        await peer.SendMessageAsync(new WorkerNewCoefficient(1));
        await handler.NextAsync<WorkerNewCoefficient>();
        var pongs = 0;
        while (peer.Transport.Input.TryRead(out var more))
        {
            peer.Transport.Input.AdvanceTo(more.Buffer.Start);
            await peer.ReceiveAsync<TcpPong>();
            (++pongs).ShouldBeLessThan(400);
        }
        pongs.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_flood_of_queries_is_refused_beyond_the_limit_and_the_session_goes_on()
    {
        var gate = new TaskCompletionSource();
        var handler = new TestHandler
        {
            Query = async (function, token) =>
            {
                await gate.Task.WaitAsync(token);
                return new TestAnswer(((TestQuery)function).Id);
            },
        };
        var (_, peer) = await TestPeer.DialAsync(handler, _time, new SessionOptions { MaxInboundQueries = 4 });
        for (var i = 0; i < 100; i++) await peer.SendAsync(new TcpQuery(i, TlSerializer.Serialize(new TestQuery(i))));
        for (var i = 4; i < 100; i++)
        {
            var refusal = await peer.ReceiveAsync<TcpQueryError>();
            (refusal.Id, refusal.Code).ShouldBe((i, ErrorCodes.NotReady));
        }
        gate.SetResult();
        for (var i = 0; i < 4; i++) await peer.ReceiveAsync<TcpQueryAnswer>();
        await peer.AssertAliveAsync();
    }

    [Fact]
    public async Task A_flood_of_queries_without_reading_stops_the_reading_and_then_the_session()
    {
        var handler = new TestHandler { Query = (function, _) => new(new TestAnswer(((TestQuery)function).Id)) };
        var (session, peer) = await TestPeer.DialAsync(handler, _time, new SessionOptions { MaxInboundQueries = 1 }, 4096);
        var flood = Task.Run(async () =>
        {
            for (var i = 0; i < 100_000; i++) await peer.SendAsync(new TcpQuery(i, new byte[64]));
        });
        await TestPeer.AdvanceUntilAsync(_time, TimeSpan.FromMilliseconds(10), session.Completion);
        (await TestPeer.FailsAsync(session.Completion)).Reason.ShouldBeOneOf(SessionEndReason.PeerSilent, SessionEndReason.PeerStalled);
        await Task.WhenAny(flood.WaitAsync(TestPeer.Patience));
    }

    [Fact]
    public async Task A_peer_that_reads_nothing_is_given_up_whatever_signs_of_life_it_gives()
    {
        // Its signs of life are taken for granted here.
        var (session, _) = await TestPeer.DialAsync(new TestHandler(), _time, new SessionOptions { DeadPeerTimeout = TimeSpan.FromHours(1) }, 4096);
        var sending = session.SendAsync(new ProxySignedPayment(new byte[64 * 1024]), default).AsTask();
        _time.Advance(TimeSpan.FromSeconds(59));
        session.Completion.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));
        (await TestPeer.FailsAsync(session.Completion)).Reason.ShouldBe(SessionEndReason.PeerStalled);
        await TestPeer.FailsAsync(sending);
        _time.PendingTimers.ShouldBe(0);
    }

    [Fact]
    public async Task A_peer_that_reads_a_large_packet_slowly_and_steadily_is_not_given_up()
    {
        var (session, peer) = await TestPeer.DialAsync(new TestHandler(), _time, new SessionOptions { DeadPeerTimeout = TimeSpan.FromHours(1) }, 4096);
        const int Pieces = 16, PieceSize = 64 * 1024;
        var large = session.SendAsync(new ProxySignedPayment(new byte[Pieces * PieceSize]), default).AsTask();
        var small = session.SendAsync(new WorkerNewCoefficient(1), default).AsTask();
        var input = peer.Transport.Input;
        using var received = new MemoryStream();
        for (var piece = 0; piece < Pieces; piece++)
        {
            var read = await input.ReadAtLeastAsync(PieceSize).AsTask().WaitAsync(TestPeer.Patience);
            foreach (var part in read.Buffer) received.Write(part.Span);
            _time.Advance(TimeSpan.FromSeconds(59));
            input.AdvanceTo(read.Buffer.End);
        }
        await large.WaitAsync(TestPeer.Patience);
        await small.WaitAsync(TestPeer.Patience);
        session.Completion.IsCompleted.ShouldBeFalse();
        input.TryRead(out var rest).ShouldBeTrue();
        foreach (var part in rest.Buffer) received.Write(part.Span);
        var bytes = received.ToArray();
        var length = BitConverter.ToInt32(bytes);
        BitConverter.ToInt32(bytes, 4).ShouldBe(1);
        (BitConverter.ToInt32(bytes, 8 + length), BitConverter.ToInt32(bytes, 12 + length)).ShouldBe((bytes.Length - length - 16, 2));
    }

    [Fact]
    public async Task An_unknown_query_is_answered_with_an_error_without_a_code()
    {
        var (_, peer) = await TestPeer.DialAsync(new TestHandler(), _time);
        await peer.SendAsync(new TcpQuery(3, new byte[] { 0xef, 0xbe, 0xad, 0xde, 1, 2, 3, 4 }));
        var error = await peer.ReceiveAsync<TcpQueryError>();
        (error.Id, error.Code).ShouldBe((3, 0));
        error.Message.ShouldContain("0xdeadbeef");
    }

    [Fact]
    public async Task Queries_that_cannot_be_decoded_or_are_no_functions_are_refused()
    {
        var (_, peer) = await TestPeer.DialAsync(new TestHandler(), _time);
        await peer.SendAsync(new TcpQuery(1, default));
        (await peer.ReceiveAsync<TcpQueryError>()).Code.ShouldBe(0);
        await peer.SendAsync(new TcpQuery(2, TlSerializer.Serialize(new TestQuery(1)).AsMemory(0, 8)));
        (await peer.ReceiveAsync<TcpQueryError>()).Code.ShouldBe(ErrorCodes.ProtocolViolation);
        await peer.SendAsync(new TcpQuery(3, TlSerializer.Serialize(new TestAnswer(1))));
        (await peer.ReceiveAsync<TcpQueryError>()).Message.ShouldContain("not a function");
    }

    [Fact]
    public async Task A_message_that_cannot_be_decoded_is_dropped()
    {
        var handler = new TestHandler();
        var (_, peer) = await TestPeer.DialAsync(handler, _time);
        await peer.SendAsync(new TcpPacket(default));
        await peer.SendAsync(new TcpPacket(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 }));
        await peer.SendAsync(new TcpPacket(TlSerializer.Serialize(new WorkerNewCoefficient(1)).AsMemory(0, 4)));
        await peer.SendMessageAsync(new WorkerNewCoefficient(2));
        (await handler.NextAsync<WorkerNewCoefficient>()).NewCoefficient.ShouldBe(2);
    }

    [Fact]
    public async Task Outstanding_queries_fail_at_once_when_the_connection_ends()
    {
        var (session, peer) = await TestPeer.AcceptAsync(new TestHandler(), _time);
        var queries = Enumerable.Range(0, 10).Select(i => session.QueryAsync(new TestQuery(i), Long, default)).ToList();
        for (var i = 0; i < 10; i++) await peer.ReceiveAsync<TcpQuery>();
        await peer.Transport.Output.CompleteAsync();
        foreach (var query in queries) (await TestPeer.FailsAsync(query)).Reason.ShouldBe(SessionEndReason.RemoteClose);
        (await TestPeer.FailsAsync(session.QueryAsync(new TestQuery(1), Long, default))).Reason.ShouldBe(SessionEndReason.RemoteClose);
    }

    [Fact]
    public async Task A_broken_transport_ends_the_session_with_its_cause()
    {
        var (session, peer) = await TestPeer.AcceptAsync(new TestHandler(), _time);
        await peer.Transport.Output.CompleteAsync(new IOException("reset"));
        var end = await TestPeer.FailsAsync(session.Completion);
        end.Reason.ShouldBe(SessionEndReason.ConnectionLost);
        end.InnerException.ShouldBeOfType<IOException>();
    }

    private static void Play(Func<Task> scene) => Task.Run(scene).GetAwaiter().GetResult();
}
