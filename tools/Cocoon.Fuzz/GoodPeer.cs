using System.IO.Pipelines;
using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;

namespace Cocoon.Fuzz;

/// <summary>A peer that keeps the rules, over a real session.</summary>
internal sealed class GoodPeer(Func<GoodPeer, ITlObject, Task> heard) : ISessionHandler, IAsyncDisposable
{
    private Session _session = null!;

    public static async Task<GoodPeer> DialAsync(IDuplexPipe pipe, TimeProvider time, Func<GoodPeer, ITlObject, Task> heard)
    {
        var peer = new GoodPeer(heard);
        // What it gets counts, not how fast: a flood of the fuzzer's own making must not look like the role's failure.
        peer._session = await Session.ConnectAsync(pipe, new SessionOptions { MaxPacketsPerSecond = 0 }, peer, time, default).WaitAsync(Target.Patience);
        peer._session.AllowLargePackets();
        return peer;
    }

    public Task<T> AskAsync<T>(ITlFunction<T> function) where T : ITlObject => _session.QueryAsync(function, TimeSpan.FromMinutes(5), default).WaitAsync(Target.Patience);

    public Task SendAsync(ITlObject message) => _session.SendAsync(message, default).AsTask().WaitAsync(Target.Patience);

    public ValueTask<ITlObject> OnQueryAsync(ITlObject function, CancellationToken cancellationToken) => throw new SessionQueryException(ErrorCodes.Error, "not asked for");

    public async ValueTask OnMessageAsync(ITlObject message, CancellationToken cancellationToken) => await heard(this, message);

    public ValueTask DisposeAsync() => _session.DisposeAsync();
}
