namespace Cocoon.Protocol.Sessions;

/// <summary>Counts bytes that wait for the handler. One reader fills it, any thread drains it.</summary>
/// <param name="limit">Bytes from which on the reader has to wait.</param>
internal sealed class Backlog(long limit)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _room;
    private long _used;

    public void Add(int bytes)
    {
        lock (_gate) _used += bytes;
    }

    public void Remove(int bytes)
    {
        TaskCompletionSource? waiter = null;
        lock (_gate)
        {
            _used -= bytes;
            if (_used < limit) (waiter, _room) = (_room, null);
        }
        waiter?.TrySetResult();
    }

    /// <summary>Completed when there is room.</summary>
    public Task WhenRoom()
    {
        lock (_gate)
        {
            if (_used < limit) return Task.CompletedTask;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }
}
