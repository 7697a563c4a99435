using Cocoon.Protocol.Sessions;
using Cocoon.Protocol.Tl;

namespace Cocoon.Fuzz;

/// <summary>
/// A session does not wait at its end for the message that its handler is dealing with. This lets a connection end when that is over too, so
/// that what a connection did to a role is done before the next begins.
/// </summary>
internal sealed class IdleHandler(ISessionHandler inner) : ISessionHandler
{
    private readonly SemaphoreSlim _busy = new(1, 1);

    public void OnReady(Session session) => inner.OnReady(session);

    public ValueTask<ITlObject> OnQueryAsync(ITlObject function, CancellationToken cancellationToken) => inner.OnQueryAsync(function, cancellationToken);

    public void OnAnswered(ITlObject function) => inner.OnAnswered(function);

    public async ValueTask OnMessageAsync(ITlObject message, CancellationToken cancellationToken)
    {
        await _busy.WaitAsync(CancellationToken.None);
        try
        {
            await inner.OnMessageAsync(message, cancellationToken);
        }
        finally
        {
            _busy.Release();
        }
    }

    public Task WhenIdleAsync() => _busy.WaitAsync();
}
