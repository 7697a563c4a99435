using Cocoon.Attestation;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;
using Cocoon.Proxy.Sessions;
using Cocoon.Testing;

namespace Cocoon.Proxy.Tests.Sessions;

/// <summary>A client or worker over a real session in memory.</summary>
internal sealed class Peer : ISessionHandler, IAsyncDisposable
{
    private Session _session = null!;
    private Session _proxySide = null!;
    private IAsyncDisposable? _client;

    public Inbox Inbox { get; } = new();

    public WorkerSession? Worker { get; private set; }

    public static Task<Peer> WorkerAsync(TestProxy proxy, bool listedImage = true)
    {
        var image = listedImage ? TestProxy.WorkerImage : Cryptography.Bits256.Zero;
        return WorkerAsync(proxy, proxy.Core, new PeerEvidence(EvidenceKind.FakeTdx, image, default, default));
    }

    public static async Task<Peer> WorkerAsync(TestProxy proxy, ProxyCore core, PeerEvidence evidence)
    {
        var session = new WorkerSession(core, evidence, null);
        var peer = new Peer { Worker = session };
        await peer.OpenAsync(proxy, session);
        return peer;
    }

    public static async Task<Peer> ClientAsync(TestProxy proxy, ProxyCore? core = null)
    {
        var session = new ClientSession(core ?? proxy.Core, PeerEvidence.Unattested(default), null);
        var peer = new Peer { _client = session };
        await peer.OpenAsync(proxy, session);
        return peer;
    }

    public Task<T> AskAsync<T>(ITlFunction<T> function) where T : ITlObject =>
        _session.QueryAsync(function, TimeSpan.FromMinutes(5), default).WaitAsync(Some.Patience);

    public ValueTask SendAsync(ITlObject message) => _session.SendAsync(message, default);

    /// <summary>The query is refused with this code, and the proxy closes the connection.</summary>
    public async Task<string> RefusedAsync<T>(ITlFunction<T> function, int code) where T : ITlObject
    {
        var refusal = await Should.ThrowAsync<SessionQueryException>(() => AskAsync(function));
        refusal.Code.ShouldBe(code, refusal.Message);
        await ClosedAsync();
        return refusal.Message;
    }

    public async Task ClosedAsync() => await _session.Completion.WaitAsync(Some.Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public ValueTask<ITlObject> OnQueryAsync(ITlObject function, CancellationToken cancellationToken) => throw new SessionQueryException(ErrorCodes.Error, "unexpected");

    public ValueTask OnMessageAsync(ITlObject message, CancellationToken cancellationToken)
    {
        Inbox.Add(message);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync();
        await _proxySide.DisposeAsync();
        Worker?.Dispose();
        if (_client is { } client) await client.DisposeAsync();
    }

    private async Task OpenAsync(TestProxy proxy, ISessionHandler handler)
    {
        var pipes = new DuplexPipePair();
        var accepting = Session.AcceptAsync(pipes.Left, new SessionOptions(), handler, proxy.Time, default);
        _session = await Session.ConnectAsync(pipes.Right, new SessionOptions(), this, proxy.Time, default).WaitAsync(Some.Patience);
        _proxySide = await accepting.WaitAsync(Some.Patience);
    }
}
