using System.Buffers;
using System.Net;
using Cocoon.Attestation;
using Cocoon.Attestation.Policies;
using Cocoon.Attestation.Sources;
using Cocoon.Node.Connections;
using Cocoon.Node.Tests.Fakes;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Testing;
using Microsoft.AspNetCore.Connections;
using static Cocoon.Node.Tests.Fakes.Eventually;

namespace Cocoon.Node.Tests.Connections;

/// <summary>Both ends of a public port over loopback: real sockets, proof of work and TLS.</summary>
public sealed class PeerPipelineTests : IAsyncDisposable
{
    private const int Difficulty = 8;

    private readonly ManualTimeProvider _time = new();
    private readonly LogList _log = new();
    private readonly List<IAsyncDisposable> _open = [];
    private readonly List<AttestedTls> _tls = [];

    [Fact]
    public async Task Both_ends_learn_what_the_other_proved_and_bytes_pass()
    {
        var seen = new TaskCompletionSource<PeerEvidence>(TaskCreationOptions.RunContinuationsAsynchronously);
        var listener = await ListenAsync("fake_tdx", "any", Difficulty, async connection =>
        {
            seen.SetResult(connection.Features.Get<PeerEvidence>()!);
            var read = await connection.Transport.Input.ReadAtLeastAsync(4);
            await connection.Transport.Output.WriteAsync(read.Buffer.ToArray());
            connection.Transport.Input.AdvanceTo(read.Buffer.End);
        });
        PeerEvidence? dialled = null;
        byte[]? answer = null;
        await DialAsync(listener, "none", "fake_tdx", 20, async connection =>
        {
            dialled = connection.Features.Get<PeerEvidence>();
            await connection.Transport.Output.WriteAsync("ping"u8.ToArray());
            answer = (await connection.Transport.Input.ReadAtLeastAsync(4)).Buffer.ToArray();
        });
        answer.ShouldBe("ping"u8.ToArray());
        dialled!.Kind.ShouldBe(EvidenceKind.FakeTdx);
        dialled.ImageHash.ShouldBe(TeeMeasurements.ZeroTdx.ImageHash);
        (await seen.Task.WaitAsync(Patience)).Kind.ShouldBe(EvidenceKind.None);
    }

    [Fact]
    public async Task Too_much_work_is_refused_by_the_side_that_dials()
    {
        var listener = await ListenAsync("fake_tdx", "any", 40, NotReached);
        var refusal = await Should.ThrowAsync<IOException>(() => DialAsync(listener, "none", "any", 20, NotReached));
        refusal.Message.ShouldContain("difficulty of 40, at most 20");
        await UntilAsync(() => _log.Count("ended") == 1);
    }

    [Fact]
    public async Task Acceptor_without_evidence_is_refused_by_a_dialler_that_wants_it()
    {
        var listener = await ListenAsync("none", "any", Difficulty, NotReached);
        var refusal = await Should.ThrowAsync<IOException>(() => DialAsync(listener, "none", "fake_tdx", 20, NotReached));
        refusal.Message.ShouldContain("policy 'fake_tdx'");
    }

    [Fact]
    public async Task Dialler_without_evidence_is_refused_by_an_acceptor_that_wants_it()
    {
        var listener = await ListenAsync("fake_tdx", "fake_tdx", Difficulty, NotReached);
        SessionException? refusal = null;
        await DialAsync(listener, "none", "fake_tdx", 20, async connection => refusal = await Should.ThrowAsync<SessionException>(
            Session.ConnectAsync(connection.Transport, new SessionOptions(), new NoHandler(), _time, default)));
        (refusal!.Reason, refusal.Message).ShouldBe((SessionEndReason.Refused,
            "The peer refused this side: policy 'fake_tdx': quote check: the certificate carries no quote, wanted a fake_tdx quote; start the peer with such a source."));
        await UntilAsync(() => _log.Count("policy 'fake_tdx'") == 1);
    }

    [Fact]
    public async Task Peer_that_speaks_something_else_is_cut_off()
    {
        var listener = await ListenAsync("fake_tdx", "any", Difficulty, NotReached);
        using var dialler = new PeerDialler(async connection =>
        {
            await connection.Transport.Output.WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
            while (await connection.Transport.Input.ReadAsync() is { IsCompleted: false } more)
                connection.Transport.Input.AdvanceTo(more.Buffer.End);
        }, TimeSpan.FromSeconds(10), _log, _time);
        await Swallow(dialler.RunAsync("127.0.0.1", listener.EndPoint.Port, default)).WaitAsync(Patience);
        await UntilAsync(() => _log.Count("Expected a proof of work message") == 1);
    }

    [Fact]
    public async Task Peer_that_says_nothing_is_cut_off_after_a_minute()
    {
        var listener = await ListenAsync("fake_tdx", "any", Difficulty, NotReached);
        using var dialler = new PeerDialler(async connection =>
        {
            // The challenge comes, and is never answered.
            var read = await connection.Transport.Input.ReadAtLeastAsync(24);
            connection.Transport.Input.AdvanceTo(read.Buffer.End);
            _time.Advance(TimeSpan.FromSeconds(59));
            _log.Count("ended").ShouldBe(0);
            _time.Advance(TimeSpan.FromSeconds(2));
            await connection.Transport.Input.ReadAsync();
        }, TimeSpan.FromSeconds(10), _log, _time);
        await Swallow(dialler.RunAsync("127.0.0.1", listener.EndPoint.Port, default)).WaitAsync(Patience);
        await UntilAsync(() => _log.Count("was not finished within") == 1);
    }

    [Fact]
    public async Task Port_outlives_what_its_connections_do()
    {
        var calls = 0;
        var listener = await ListenAsync("fake_tdx", "any", Difficulty, _ =>
            Interlocked.Increment(ref calls) == 1 ? throw new InvalidOperationException("broken") : Task.CompletedTask);
        for (var call = 0; call < 2; call++)
            await Swallow(DialAsync(listener, "none", "any", 20, async connection => await connection.Transport.Input.ReadAsync()));
        await UntilAsync(() => Volatile.Read(ref calls) == 2 && _log.Count("failed broken") == 1);
    }

    [Fact]
    public async Task Connections_above_the_limit_are_closed_at_once_and_room_is_given_back()
    {
        using var release = new SemaphoreSlim(0);
        var served = 0;
        ConnectionDelegate hold = async _ =>
        {
            Interlocked.Increment(ref served);
            await release.WaitAsync();
        };
        var listener = await PeerListener.StartAsync(new IPEndPoint(IPAddress.Loopback, 0), hold, new ConnectionLimiter(10, 1, 0, _time), _log, default);
        _open.Add(listener);
        using var dialler = new PeerDialler(async connection => await connection.Transport.Input.ReadAsync(), TimeSpan.FromSeconds(10), _log, _time);
        var first = Swallow(dialler.RunAsync("127.0.0.1", listener.EndPoint.Port, default));
        await UntilAsync(() => Volatile.Read(ref served) == 1);
        await Swallow(dialler.RunAsync("127.0.0.1", listener.EndPoint.Port, default)).WaitAsync(Patience);
        _log.Count("1 connections from 127.0.0.1 are open, 1 are allowed").ShouldBe(1);
        release.Release();
        await first.WaitAsync(Patience);
        var third = Task.CompletedTask;
        await UntilAsync(() =>
        {
            if (third.IsCompleted && Volatile.Read(ref served) == 1)
                third = Swallow(dialler.RunAsync("127.0.0.1", listener.EndPoint.Port, default));
            return Volatile.Read(ref served) == 2;
        });
        release.Release();
        await third.WaitAsync(Patience);
    }

    [Fact]
    public async Task Closing_the_port_ends_its_connections()
    {
        var served = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var listener = await ListenAsync("fake_tdx", "any", Difficulty, async connection =>
        {
            served.SetResult();
            await connection.Transport.Input.ReadAsync();
        });
        var dialling = Swallow(DialAsync(listener, "none", "any", 20, async connection => await connection.Transport.Input.ReadAsync()));
        await served.Task.WaitAsync(Patience);
        await listener.DisposeAsync().AsTask().WaitAsync(Patience);
        _open.Remove(listener);
        await dialling.WaitAsync(Patience);
    }

    [Fact]
    public async Task Port_in_use_is_told_with_what_to_do()
    {
        var listener = await ListenAsync("fake_tdx", "any", Difficulty, NotReached);
        var refusal = await Should.ThrowAsync<IOException>(() => PeerListener.StartAsync(listener.EndPoint, NotReached, new ConnectionLimiter(1, 1, 0, _time), _log, default));
        refusal.Message.ShouldContain($"Cannot listen on {listener.EndPoint}");
    }

    [Fact]
    public async Task Nobody_listening_is_told_with_the_address()
    {
        using var closed = new ClosedPort();
        using var dialler = new PeerDialler(NotReached, TimeSpan.FromSeconds(10), _log, _time);
        (await Should.ThrowAsync<IOException>(() => dialler.RunAsync("127.0.0.1", closed.EndPoint.Port, default))).Message.ShouldContain($"Cannot connect to {closed.EndPoint}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var open in _open) await open.DisposeAsync();
        foreach (var tls in _tls) tls.Dispose();
        _log.Dispose();
    }

    private static Task NotReached(ConnectionContext connection) => throw new InvalidOperationException("must not be reached");

    private static async Task Swallow(Task task) => await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private AttestedTls Tls(string source, string policy)
    {
        var tls = new AttestedTls(EvidenceSources.Create(source), EvidencePolicies.Create(policy), new AttestedTlsOptions { Farewell = Farewell.Write }, _time);
        _tls.Add(tls);
        return tls;
    }

    private async Task<PeerListener> ListenAsync(string source, string policy, int difficulty, ConnectionDelegate serve)
    {
        var listener = await PeerListener.StartAsync(
            new IPEndPoint(IPAddress.Loopback, 0), PeerPipeline.Accept(Tls(source, policy), difficulty, TimeSpan.FromSeconds(60), _time, serve), new ConnectionLimiter(10, 10, 0, _time), _log, default);
        _open.Add(listener);
        return listener;
    }

    private async Task DialAsync(PeerListener listener, string source, string policy, int maxDifficulty, ConnectionDelegate serve)
    {
        using var dialler = new PeerDialler(PeerPipeline.Dial(Tls(source, policy), maxDifficulty, TimeSpan.FromSeconds(60), _time, serve), TimeSpan.FromSeconds(10), _log, _time);
        await dialler.RunAsync("127.0.0.1", listener.EndPoint.Port, default).WaitAsync(Patience);
    }

    private sealed class NoHandler : ISessionHandler
    {
        public ValueTask<ITlObject> OnQueryAsync(ITlObject function, CancellationToken cancellationToken) => throw new InvalidOperationException();

        public ValueTask OnMessageAsync(ITlObject message, CancellationToken cancellationToken) => throw new InvalidOperationException();
    }
}
