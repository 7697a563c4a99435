namespace Cocoon.Client.Proxies;

/// <summary>The sessions that are open, and the choice among those that are ready.</summary>
internal sealed class ProxyPool(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly List<ProxySession> _sessions = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<ProxySession> Sessions
    {
        get
        {
            lock (_gate) return [.. _sessions];
        }
    }

    public void Add(ProxySession session)
    {
        lock (_gate) _sessions.Add(session);
        Notify();
    }

    public void Remove(ProxySession session)
    {
        lock (_gate) _sessions.Remove(session);
        Notify();
    }

    /// <summary>Wakes those who wait for a session.</summary>
    public void Notify()
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        changed.SetResult();
    }

    /// <summary>
    /// The ready session that broke the fewest rules and runs the fewest requests; one that was already tried only when there is no other.
    /// </summary>
    public ProxySession? Pick(IReadOnlyCollection<ProxySession> tried) =>
        Sessions.Where(session => session.State == ProxySessionState.Ready && session.Channel is { IsUsable: true })
            .OrderBy(session => tried.Contains(session)).ThenBy(session => session.Faults).ThenBy(session => session.Running)
            .FirstOrDefault();

    /// <summary>As <see cref="Pick"/>, waiting up to <paramref name="patience"/> for one to get ready; null when none did.</summary>
    public async Task<ProxySession?> PickAsync(IReadOnlyCollection<ProxySession> tried, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        while (true)
        {
            Task changed;
            lock (_gate) changed = _changed.Task;
            if (Pick(tried) is { } session)
                return session;
            if (timeout.IsCancellationRequested)
                return null;
            await changed.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
