namespace Cocoon.Testing;

/// <summary>A clock that stands still until a test advances it; timers fire during <see cref="Advance"/>, in due order.</summary>
public sealed class ManualTimeProvider(DateTimeOffset? start = null) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = start ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How many timers were made so far, which tells how far something got that makes one for each of its steps.</summary>
    public int TimersMade
    {
        get
        {
            lock (_gate) return field;
        }
        private set;
    }

    /// <summary>How many timers wait to fire.</summary>
    public int PendingTimers
    {
        get
        {
            lock (_gate) return _timers.Count(timer => timer.DueAt is not null);
        }
    }

    /// <summary>Waits, without moving the clock, until a timer is set that fires within a span from now.</summary>
    public Task UntilTimerWithinAsync(TimeSpan span) => UntilAsync(() => HasTimerWithin(span));

    /// <summary>Waits, without moving the clock, until every timer that would fire within a span from now was put off.</summary>
    public Task UntilNoTimerWithinAsync(TimeSpan span) => UntilAsync(() => !HasTimerWithin(span));

    /// <summary>
    /// Lets time pass once something waits for it, or not at all if what is worked on ended instead. What waited runs before this returns, so
    /// long as nothing real is awaited there.
    /// </summary>
    public async Task PassAsync(TimeSpan span, Task work)
    {
        await UntilAsync(() => PendingTimers > 0 || work.IsCompleted);
        // Not on the test's thread, whose context would put off what waited.
        if (!work.IsCompleted) await Task.Run(() => Advance(span));
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        lock (_gate)
        {
            _timers.Add(timer);
            TimersMade++;
        }
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        DateTimeOffset target;
        lock (_gate) target = _now + by;
        while (true)
        {
            ManualTimer? next;
            lock (_gate)
            {
                next = _timers.Where(timer => timer.DueAt <= target).MinBy(timer => timer.DueAt);
                if (next is null)
                {
                    _now = target;
                    return;
                }
                if (next.DueAt > _now) _now = next.DueAt.Value;
                next.DueAt = next.Period > TimeSpan.Zero ? _now + next.Period : null;
            }
            next.Fire();
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!condition())
        {
            guard.Token.ThrowIfCancellationRequested();
            await Task.Run(() => { });
        }
    }

    private bool HasTimerWithin(TimeSpan span)
    {
        lock (_gate) return _timers.Exists(timer => timer.DueAt <= _now + span);
    }

    private sealed class ManualTimer(ManualTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset? DueAt { get; set; }

        public TimeSpan Period { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._gate)
            {
                Period = period;
                DueAt = dueTime == Timeout.InfiniteTimeSpan ? null : owner._now + dueTime;
            }
            return true;
        }

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (owner._gate) owner._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
