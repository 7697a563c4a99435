using System.Collections.Concurrent;
using Cocoon.Protocol.Framing;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Testing;

namespace Cocoon.Protocol.Tests.Sessions;

public sealed class SessionTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Two_sessions_exchange_queries_and_messages_in_both_directions()
    {
        var pipes = new DuplexPipePair();
        static ValueTask<ITlObject> Echo(ITlObject function, CancellationToken _) => new(new TestAnswer(((TestQuery)function).Id));
        var (left, right) = (new TestHandler { Query = Echo }, new TestHandler { Query = Echo });
        var accepting = Session.AcceptAsync(pipes.Left, new(), left, _time, default);
        await using var b = await Session.ConnectAsync(pipes.Right, new(), right, _time, default).WaitAsync(TestPeer.Patience);
        await using var a = await accepting.WaitAsync(TestPeer.Patience);
        left.Ready.ShouldBe(a);
        right.Ready.ShouldBe(b);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => (i % 2 == 0 ? a : b).QueryAsync(new TestQuery(i), Long, default)))
            .WaitAsync(TestPeer.Patience);
        answers.Select(answer => answer.Id).ShouldBe(Enumerable.Range(0, 50).Select(i => (long)i));

        for (var i = 0; i < 100; i++) await a.SendAsync(new WorkerNewCoefficient(i), default);
        for (var i = 0; i < 100; i++) (await right.NextAsync<WorkerNewCoefficient>()).NewCoefficient.ShouldBe(i);

        await a.DisposeAsync();
        await b.Completion.WaitAsync(TestPeer.Patience);
        await a.Completion;
    }

    [Fact]
    public async Task Messages_before_an_orderly_close_are_delivered()
    {
        var gate = new TaskCompletionSource();
        var handler = new TestHandler { Message = async (_, token) => await gate.Task.WaitAsync(token) };
        var (session, peer) = await TestPeer.DialAsync(handler, _time);
        for (var i = 0; i < 5; i++) await peer.SendMessageAsync(new WorkerNewCoefficient(i));
        var query = session.QueryAsync(new TestQuery(1), Long, default);
        await peer.Transport.Output.CompleteAsync();
        (await TestPeer.FailsAsync(query)).Reason.ShouldBe(SessionEndReason.RemoteClose);
        session.Completion.IsCompleted.ShouldBeFalse();
        gate.SetResult();
        for (var i = 0; i < 5; i++) (await handler.NextAsync<WorkerNewCoefficient>()).NewCoefficient.ShouldBe(i);
        await session.Completion.WaitAsync(TestPeer.Patience);
    }

    [Fact]
    public async Task A_handler_that_never_takes_the_last_messages_does_not_keep_the_connection()
    {
        var handler = new TestHandler { Message = (_, token) => new ValueTask(Task.Delay(Timeout.Infinite, token)) };
        var (session, peer) = await TestPeer.DialAsync(handler, _time);
        await peer.SendMessageAsync(new WorkerNewCoefficient(1));
        await handler.NextAsync<WorkerNewCoefficient>();
        var query = session.QueryAsync(new TestQuery(1), Long, default);
        await peer.Transport.Output.CompleteAsync();
        await TestPeer.FailsAsync(query);
        await TestPeer.AdvanceUntilAsync(_time, TimeSpan.FromSeconds(60), session.Completion);
        await session.Completion;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_farewell_in_the_place_of_the_first_packet_tells_why(bool dialled)
    {
        var (opening, peer) = TestPeer.Start(dialled, new TestHandler(), _time);
        await peer.Transport.Output.WriteAsync(Farewell.Write("TCB status check:\nfound Revoked"));
        var end = await TestPeer.FailsAsync(opening);
        (end.Reason, end.Message).ShouldBe((SessionEndReason.Refused, "The peer refused this side: TCB status check: found Revoked"));
        await peer.AssertClosedAsync();
    }

    [Theory]
    [InlineData("x")]
    [InlineData("\U0001F95A")]
    public async Task A_farewell_says_no_more_than_its_reader_keeps(string letter)
    {
        var (opening, peer) = TestPeer.Start(true, new TestHandler(), _time);
        await peer.Transport.Output.WriteAsync(Farewell.Write("a" + string.Concat(Enumerable.Repeat(letter, 100_000))));
        var end = await TestPeer.FailsAsync(opening);
        end.Message.Length.ShouldBeInRange(500, 540);
        end.Message.ShouldEndWith(letter + "…");
    }

    [Fact]
    public async Task A_refusal_that_ends_the_session_is_written_before_the_connection_closes()
    {
        var handler = new TestHandler { Query = (_, _) => throw new SessionQueryException(ErrorCodes.Error, "no") { EndsSession = true } };
        var (session, peer) = await TestPeer.DialAsync(handler, _time);
        await peer.SendAsync(new TcpQuery(5, TlSerializer.Serialize(new TestQuery(1))));
        var refusal = await peer.ReceiveAsync<TcpQueryError>();
        (refusal.Id, refusal.Code, refusal.Message).ShouldBe((5, ErrorCodes.Error, "no"));
        await peer.AssertClosedAsync();
        (await TestPeer.FailsAsync(session.Completion)).Reason.ShouldBe(SessionEndReason.Aborted);
    }

    [Fact]
    public async Task A_refusal_followed_by_the_close_is_not_lost()
    {
        for (var i = 0; i < 300; i++)
        {
            var pipes = new DuplexPipePair();
            var handler = new TestHandler { Query = (_, _) => throw new SessionQueryException(ErrorCodes.NotReady, "no") { EndsSession = true } };
            var accepting = Session.AcceptAsync(pipes.Left, new(), handler, _time, default);
            await using var asking = await Session.ConnectAsync(pipes.Right, new(), new TestHandler(), _time, default).WaitAsync(TestPeer.Patience);
            await using var refusing = await accepting.WaitAsync(TestPeer.Patience);
            var refusal = await Should.ThrowAsync<SessionQueryException>(asking.QueryAsync(new TestQuery(i), Long, default).WaitAsync(TestPeer.Patience));
            refusal.Code.ShouldBe(ErrorCodes.NotReady);
        }
    }

    [Fact]
    public async Task A_refusal_reaches_the_caller_with_its_code()
    {
        var (session, peer) = await TestPeer.AcceptAsync(new TestHandler(), _time);
        var query = session.QueryAsync(new ClientUpdatePaymentStatus(), Long, default);
        var asked = await peer.ReceiveAsync<TcpQuery>();
        TlSerializer.Deserialize(asked.Data).ShouldBeOfType<ClientUpdatePaymentStatus>();
        await peer.SendAsync(new TcpQueryError(asked.Id, 651, "later\n" + new string('x', 60_000)));
        var refusal = await Should.ThrowAsync<SessionQueryException>(query.WaitAsync(TestPeer.Patience));
        refusal.Code.ShouldBe(ErrorCodes.NotReady);
        refusal.Message.ShouldStartWith("later xxx");
        refusal.Message.Length.ShouldBe(512);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_of_the_wrong_kind_fails_the_query_and_not_the_session(bool known)
    {
        var (session, peer) = await TestPeer.AcceptAsync(new TestHandler(), _time);
        var query = session.QueryAsync(new TestQuery(1), Long, default);
        var asked = await peer.ReceiveAsync<TcpQuery>();
        await peer.SendAsync(new TcpQueryAnswer(asked.Id, known ? TlSerializer.Serialize(new TestQuery(1)) : new byte[] { 1, 2, 3, 4 }));
        (await Should.ThrowAsync<SessionQueryException>(query.WaitAsync(TestPeer.Patience))).Code.ShouldBe(ErrorCodes.ProtocolViolation);
        await peer.AssertAliveAsync();
    }

    [Fact]
    public async Task An_unanswered_query_times_out_and_its_late_answer_is_ignored()
    {
        var (session, peer) = await TestPeer.DialAsync(new TestHandler(), _time);
        var query = session.QueryAsync(new TestQuery(1), TimeSpan.FromSeconds(30), default);
        var asked = await peer.ReceiveAsync<TcpQuery>();
        _time.Advance(TimeSpan.FromSeconds(30));
        await Should.ThrowAsync<TimeoutException>(query.WaitAsync(TestPeer.Patience));
        await peer.SendAsync(new TcpQueryAnswer(asked.Id, TlSerializer.Serialize(new TestAnswer(1))));
        await peer.SendAsync(new TcpQueryError(asked.Id, 1, "no"));
        await peer.AssertAliveAsync();
    }

    [Fact]
    public async Task A_query_can_be_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var (session, peer) = await TestPeer.DialAsync(new TestHandler(), _time);
        var query = session.QueryAsync(new TestQuery(1), Long, cancellation.Token);
        await peer.ReceiveAsync<TcpQuery>();
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(query.WaitAsync(TestPeer.Patience));
        await peer.AssertAliveAsync();
    }

    [Fact]
    public async Task A_slow_handler_gets_messages_in_order_and_pings_are_answered_meanwhile()
    {
        var gate = new SemaphoreSlim(0);
        var handler = new TestHandler { Message = async (_, token) => await gate.WaitAsync(token) };
        var (_, peer) = await TestPeer.DialAsync(handler, _time);
        for (var i = 0; i < 3; i++) await peer.SendMessageAsync(new WorkerNewCoefficient(i));
        await peer.AssertAliveAsync();
        (await handler.NextAsync<WorkerNewCoefficient>()).NewCoefficient.ShouldBe(0);
        handler.HasMore.ShouldBeFalse();
        gate.Release();
        (await handler.NextAsync<WorkerNewCoefficient>()).NewCoefficient.ShouldBe(1);
        gate.Release();
        (await handler.NextAsync<WorkerNewCoefficient>()).NewCoefficient.ShouldBe(2);
    }

    [Fact]
    public async Task A_slow_handler_stops_the_reading_at_the_limit_and_the_peer_is_kept_informed()
    {
        var gate = new SemaphoreSlim(0);
        var handler = new TestHandler { Message = async (_, token) => await gate.WaitAsync(token) };
        var patient = new SessionOptions { MaxInboundBacklog = 4096, DeadPeerTimeout = TimeSpan.FromMinutes(20), StalledPeerTimeout = TimeSpan.FromHours(1) };
        var (session, peer) = await TestPeer.DialAsync(handler, _time, patient, 8192);
        var sent = 0;
        var sending = Task.Run(async () =>
        {
            for (; sent < 100; sent++) await peer.SendMessageAsync(new ProxySignedPayment(new byte[1024]));
        });
        (await handler.NextAsync<ProxySignedPayment>()).Data.Length.ShouldBe(1024);
        // A session that reads would look again after 20 minutes only.
        await _time.UntilTimerWithinAsync(TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromSeconds(10));
        await peer.ReceiveAsync<TcpPing>();
        _time.Advance(TimeSpan.FromMinutes(40));
        session.Completion.IsCompleted.ShouldBeFalse();
        sending.IsCompleted.ShouldBeFalse();
        sent.ShouldBeLessThan(20);
        gate.Release(100);
        await sending.WaitAsync(TestPeer.Patience);
        for (var i = 1; i < 100; i++) await handler.NextAsync<ProxySignedPayment>();
    }

    [Fact]
    public async Task Sending_waits_while_the_peer_reads_slowly()
    {
        var (session, peer) = await TestPeer.DialAsync(new TestHandler(), _time, bufferSize: 4096);
        var message = new ProxySignedPayment(new byte[5000]);
        await session.SendAsync(new ProxySignedPaymentEmpty(), default);
        var first = session.SendAsync(message, default).AsTask();
        var second = session.SendAsync(message, default).AsTask();
        first.IsCompleted.ShouldBeFalse();
        second.IsCompleted.ShouldBeFalse();
        await peer.ReceiveAsync<TcpPacket>();
        await peer.ReceiveAsync<TcpPacket>();
        await first.WaitAsync(TestPeer.Patience);
        await peer.ReceiveAsync<TcpPacket>();
        await second.WaitAsync(TestPeer.Patience);
    }

    [Fact]
    public async Task Senders_that_give_up_do_not_pile_up_bytes_before_a_peer_that_does_not_read()
    {
        var (session, peer) = await TestPeer.DialAsync(new TestHandler(), _time, bufferSize: 4096);
        using var cancellation = new CancellationTokenSource();
        var sends = Enumerable.Range(0, 50).Select(_ => session.SendAsync(new ProxySignedPayment(new byte[5000]), cancellation.Token).AsTask()).ToList();
        await cancellation.CancelAsync();
        foreach (var send in sends) await Should.ThrowAsync<OperationCanceledException>(send.WaitAsync(TestPeer.Patience));
        await peer.ReceiveAsync<TcpPacket>();
        await peer.AssertAliveAsync();
    }

    [Fact]
    public async Task A_message_too_large_to_send_is_an_error_for_its_sender_only()
    {
        var (session, peer) = await TestPeer.DialAsync(new TestHandler(), _time, new SessionOptions { MaxPacketSize = 1024 });
        var e = await Should.ThrowAsync<FramingException>(session.SendAsync(new ProxySignedPayment(new byte[1024]), default).AsTask());
        e.Error.ShouldBe(FramingError.TooLargeToSend);
        await peer.AssertAliveAsync();
    }

    [Fact]
    public async Task Queries_are_answered_side_by_side()
    {
        var waiting = new ConcurrentDictionary<long, TaskCompletionSource>();
        var handler = new TestHandler
        {
            Query = async (function, token) =>
            {
                var id = ((TestQuery)function).Id;
                await waiting.GetOrAdd(id, _ => new TaskCompletionSource()).Task.WaitAsync(token);
                return new TestAnswer(id);
            },
        };
        var (_, peer) = await TestPeer.DialAsync(handler, _time);
        for (var i = 0; i < 3; i++) await peer.SendAsync(new TcpQuery(100 + i, TlSerializer.Serialize(new TestQuery(i))));
        await peer.AssertAliveAsync();
        foreach (var i in (int[])[2, 0, 1])
        {
            waiting.GetOrAdd(i, _ => new TaskCompletionSource()).SetResult();
            var answer = await peer.ReceiveAsync<TcpQueryAnswer>();
            answer.Id.ShouldBe(100 + i);
            TlSerializer.Deserialize<TestAnswer>(answer.Data).Id.ShouldBe(i);
        }
    }

    [Fact]
    public async Task Queries_and_messages_are_begun_in_the_order_in_which_they_came()
    {
        var gate = new TaskCompletionSource();
        var begun = new ConcurrentQueue<long>();
        var handler = new TestHandler
        {
            Message = async (message, token) =>
            {
                await gate.Task.WaitAsync(token);
                begun.Enqueue(((WorkerNewCoefficient)message).NewCoefficient);
            },
            Query = async (function, token) =>
            {
                var id = ((TestQuery)function).Id;
                begun.Enqueue(id);
                // Every second one has no end and holds up nothing.
                if (id % 4 == 1) await Task.Delay(Timeout.Infinite, token);
                return new TestAnswer(id);
            },
        };
        var (session, peer) = await TestPeer.DialAsync(handler, _time);
        for (var i = 0; i < 40; i += 2)
        {
            await peer.SendMessageAsync(new WorkerNewCoefficient(i));
            await peer.SendAsync(new TcpQuery(i + 1, TlSerializer.Serialize(new TestQuery(i + 1))));
        }
        await peer.AssertAliveAsync();
        begun.ShouldBeEmpty();
        gate.SetResult();
        for (var i = 3; i < 40; i += 4) (await peer.ReceiveAsync<TcpQueryAnswer>()).Id.ShouldBe(i);
        begun.ShouldBe(Enumerable.Range(0, 40).Select(i => (long)i));
        await session.DisposeAsync();
    }

    [Fact]
    public async Task A_message_behind_a_query_is_delivered_after_what_the_query_did_at_once()
    {
        var admitted = 0;
        var early = 0;
        var done = new TaskCompletionSource();
        var handler = new TestHandler
        {
            Query = (function, _) =>
            {
                Volatile.Write(ref admitted, (int)((TestQuery)function).Id);
                return new(new TestAnswer(1));
            },
            Message = (message, _) =>
            {
                var count = ((WorkerNewCoefficient)message).NewCoefficient;
                if (Volatile.Read(ref admitted) < count) early++;
                if (count == 500) done.SetResult();
                return default;
            },
        };
        var (_, peer) = await TestPeer.DialAsync(handler, _time);
        var answers = Task.Run(async () =>
        {
            for (var i = 1; i <= 500; i++) await peer.ReceiveAsync<TcpQueryAnswer>();
        });
        for (var i = 1; i <= 500; i++)
        {
            await peer.SendAsync(new TcpQuery(i, TlSerializer.Serialize(new TestQuery(i))));
            await peer.SendMessageAsync(new WorkerNewCoefficient(i));
        }
        await done.Task.WaitAsync(TestPeer.Patience);
        await answers.WaitAsync(TestPeer.Patience);
        early.ShouldBe(0);
    }

    [Fact]
    public async Task A_query_that_waits_holds_up_neither_messages_nor_other_queries()
    {
        var gate = new TaskCompletionSource();
        var handler = new TestHandler
        {
            Query = async (function, token) =>
            {
                if (((TestQuery)function).Id == 1) await gate.Task.WaitAsync(token);
                return new TestAnswer(((TestQuery)function).Id);
            },
        };
        var (_, peer) = await TestPeer.DialAsync(handler, _time);
        await peer.SendAsync(new TcpQuery(1, TlSerializer.Serialize(new TestQuery(1))));
        await peer.SendMessageAsync(new WorkerNewCoefficient(7));
        await peer.SendAsync(new TcpQuery(2, TlSerializer.Serialize(new TestQuery(2))));
        (await handler.NextAsync<WorkerNewCoefficient>()).NewCoefficient.ShouldBe(7);
        (await peer.ReceiveAsync<TcpQueryAnswer>()).Id.ShouldBe(2);
        gate.SetResult();
        (await peer.ReceiveAsync<TcpQueryAnswer>()).Id.ShouldBe(1);
    }

    [Fact]
    public async Task A_handler_that_fails_answers_without_saying_why()
    {
        var (_, peer) = await TestPeer.DialAsync(new TestHandler { Query = (_, _) => throw new InvalidOperationException("the prompt") }, _time);
        await peer.SendAsync(new TcpQuery(5, TlSerializer.Serialize(new TestQuery(1))));
        var error = await peer.ReceiveAsync<TcpQueryError>();
        (error.Id, error.Code).ShouldBe((5, ErrorCodes.Error));
        error.Message.ShouldNotContain("prompt");
    }

    [Fact]
    public async Task An_answer_too_large_to_send_becomes_an_error()
    {
        var handler = new TestHandler { Query = (_, _) => new(new ClientRefund(new byte[2000])) };
        var (_, peer) = await TestPeer.DialAsync(handler, _time, new SessionOptions { MaxPacketSize = 1024 });
        await peer.SendAsync(new TcpQuery(5, TlSerializer.Serialize(new ClientRequestRefund())));
        (await peer.ReceiveAsync<TcpQueryError>()).Code.ShouldBe(ErrorCodes.Error);
    }

    [Fact]
    public async Task A_failing_message_handler_ends_the_session()
    {
        var (session, peer) = await TestPeer.DialAsync(new TestHandler { Message = (_, _) => throw new InvalidOperationException() }, _time);
        await peer.SendMessageAsync(new WorkerNewCoefficient(1));
        (await TestPeer.FailsAsync(session.Completion)).Reason.ShouldBe(SessionEndReason.HandlerFailed);
        await peer.AssertClosedAsync();
    }

    [Fact]
    public async Task What_waits_for_the_handler_is_not_delivered_once_the_session_was_given_up()
    {
        var gate = new TaskCompletionSource();
        var handler = new TestHandler { Message = async (_, _) => await gate.Task };
        var (session, peer) = await TestPeer.DialAsync(handler, _time);
        for (var i = 0; i < 5; i++) await peer.SendMessageAsync(new WorkerNewCoefficient(i));
        await peer.AssertAliveAsync();
        await handler.NextAsync<WorkerNewCoefficient>();
        session.Abort("enough");
        await TestPeer.FailsAsync(session.Completion);
        await Task.Run(gate.SetResult);
        handler.HasMore.ShouldBeFalse();
    }

    [Fact]
    public async Task Giving_up_gives_the_reason_to_all_who_wait()
    {
        var (session, peer) = await TestPeer.DialAsync(new TestHandler(), _time);
        var query = session.QueryAsync(new TestQuery(1), Long, default);
        await peer.ReceiveAsync<TcpQuery>();
        session.Abort("the voucher does not verify");
        (await TestPeer.FailsAsync(query)).Message.ShouldBe("the voucher does not verify");
        (await TestPeer.FailsAsync(session.Completion)).Reason.ShouldBe(SessionEndReason.Aborted);
        (await TestPeer.FailsAsync(session.SendAsync(new ProxySignedPaymentEmpty(), default).AsTask())).Reason.ShouldBe(SessionEndReason.Aborted);
        await peer.AssertClosedAsync();
    }

    [Fact]
    public async Task Disposal_cancels_the_handler_and_may_be_called_from_it()
    {
        var cancelled = new TaskCompletionSource();
        TestHandler? handler = null;
        handler = new TestHandler
        {
            Message = async (_, token) =>
            {
                await handler!.Ready!.DisposeAsync();
                if (token.IsCancellationRequested) cancelled.SetResult();
            },
        };
        var (session, peer) = await TestPeer.DialAsync(handler, _time);
        await peer.SendMessageAsync(new WorkerNewCoefficient(1));
        await cancelled.Task.WaitAsync(TestPeer.Patience);
        await session.Completion.WaitAsync(TestPeer.Patience);
        await peer.AssertClosedAsync();
        _time.PendingTimers.ShouldBe(0);
    }

    [Fact]
    public async Task Disposal_does_not_wait_for_a_peer_that_does_not_read()
    {
        var (session, _) = await TestPeer.DialAsync(new TestHandler(), _time, bufferSize: 4096);
        var send = session.SendAsync(new ProxySignedPayment(new byte[8000]), default).AsTask();
        send.IsCompleted.ShouldBeFalse();
        await session.DisposeAsync().AsTask().WaitAsync(TestPeer.Patience);
        (await TestPeer.FailsAsync(send)).Reason.ShouldBe(SessionEndReason.LocalClose);
    }

    [Theory]
    [InlineData(1023, 0)]
    [InlineData((1 << 24) + 1, 0)]
    [InlineData(1024, 9)]
    [InlineData(1024, -1)]
    [InlineData(1024, 10_000_001)]
    public async Task Limits_for_strangers_outside_their_ranges_are_refused(int packet, int rate)
    {
        var options = new SessionOptions { MaxPacketSizeBeforeReady = packet, MaxPacketsPerSecond = rate };
        await Should.ThrowAsync<ArgumentOutOfRangeException>(Session.ConnectAsync(new DuplexPipePair().Left, options, new TestHandler(), _time, default));
    }

    [Theory]
    [InlineData(0, 64, 1024)]
    [InlineData(20, 0, 1024)]
    [InlineData(20, 64, 1023)]
    [InlineData(20, 64, (1 << 24) + 1)]
    public async Task Options_outside_their_ranges_are_refused(int handshakeSeconds, int queries, int packet)
    {
        var options = new SessionOptions { HandshakeTimeout = TimeSpan.FromSeconds(handshakeSeconds), MaxInboundQueries = queries, MaxPacketSize = packet };
        await Should.ThrowAsync<ArgumentOutOfRangeException>(Session.ConnectAsync(new DuplexPipePair().Left, options, new TestHandler(), _time, default));
    }
}
