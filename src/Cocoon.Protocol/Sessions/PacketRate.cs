namespace Cocoon.Protocol.Sessions;

/// <summary>Counts packets against a rate: unused allowance adds up to two seconds' worth. One reader uses it.</summary>
/// <param name="perSecond">Packets a second; 0 for any number.</param>
/// <param name="time">The clock.</param>
internal sealed class PacketRate(int perSecond, TimeProvider time)
{
    // Timers are no finer, so a shorter wait would be none.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(10);

    private readonly double _most = 2.0 * perSecond;
    private double _allowance = 2.0 * perSecond;
    private long _at = time.GetTimestamp();

    /// <summary>Counts one packet.</summary>
    /// <returns>How long to wait before the next.</returns>
    public TimeSpan Take()
    {
        if (perSecond == 0) return TimeSpan.Zero;
        var now = time.GetTimestamp();
        _allowance = Math.Min(_most, _allowance + (time.GetElapsedTime(_at, now).TotalSeconds * perSecond)) - 1;
        _at = now;
        if (_allowance >= 1) return TimeSpan.Zero;
        var missing = TimeSpan.FromSeconds((1 - _allowance) / perSecond);
        return missing > ShortestWait ? missing : ShortestWait;
    }
}
