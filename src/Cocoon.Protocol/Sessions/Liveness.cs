namespace Cocoon.Protocol.Sessions;

/// <summary>
/// Watches for silence: the peer's is asked about and then ends the session; a side that pings lets its own grow no longer either, however
/// much it hears. While we ourselves do not read, the peer's silence proves nothing, and pings sent unasked keep the peer from taking us
/// for dead.
/// </summary>
internal sealed class Liveness : IDisposable
{
    // Intervals of our own silence; at the usual one, half of what the network's accepting side bears.
    private const int OwnSilence = 3;
    private static readonly TimeSpan PausedPingInterval = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _deadAfter;
    private readonly TimeSpan? _pingAfter;
    private readonly TimeSpan? _speakAfter;
    private readonly Action _ping;
    private readonly Action _dead;
    private readonly ITimer _timer;
    private long _heardAt;
    private long _saidAt;
    private bool _asked;
    private bool _paused;
    private bool _over;

    public Liveness(TimeProvider time, TimeSpan deadAfter, TimeSpan? pingAfter, Action ping, Action dead)
    {
        _time = time;
        _deadAfter = deadAfter;
        _pingAfter = pingAfter;
        _speakAfter = pingAfter * OwnSilence;
        _ping = ping;
        _dead = dead;
        _timer = time.CreateTimer(static state => ((Liveness)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Start()
    {
        lock (_gate)
        {
            _heardAt = _saidAt = _time.GetTimestamp();
            Arm(_pingAfter is { } ask && ask < _deadAfter ? ask : _deadAfter);
        }
    }

    public void Heard()
    {
        lock (_gate)
        {
            _heardAt = _time.GetTimestamp();
            _asked = false;
        }
    }

    public void Said() => Volatile.Write(ref _saidAt, _time.GetTimestamp());

    public void Pause()
    {
        lock (_gate)
        {
            _paused = true;
            Arm(_pingAfter ?? PausedPingInterval);
        }
    }

    public void Resume()
    {
        lock (_gate)
        {
            _paused = false;
            _asked = false;
            _heardAt = _time.GetTimestamp();
        }
    }

    public void Dispose()
    {
        lock (_gate) _over = true;
        _timer.Dispose();
    }

    private void OnTimer()
    {
        var ping = false;
        var dead = false;
        lock (_gate)
        {
            if (_over) return;
            var silence = _time.GetElapsedTime(_heardAt);
            if (_paused)
            {
                ping = true;
                Arm(_pingAfter ?? PausedPingInterval);
            }
            else if (silence >= _deadAfter)
            {
                dead = true;
            }
            else
            {
                var quiet = _time.GetElapsedTime(Volatile.Read(ref _saidAt));
                if (!_asked && silence >= _pingAfter) ping = _asked = true;
                if (quiet >= _speakAfter) (ping, quiet) = (true, TimeSpan.Zero);
                var next = _deadAfter - silence;
                var ask = _asked ? _pingAfter : _pingAfter - silence;
                if (ask < next) next = ask.Value;
                var speak = _speakAfter - quiet;
                Arm(speak < next ? speak.Value : next);
            }
        }
        if (ping) _ping();
        if (dead) _dead();
    }

    private void Arm(TimeSpan due)
    {
        if (!_over) _timer.Change(due, Timeout.InfiniteTimeSpan);
    }
}
