namespace Cocoon.Attestation.Vendors;

/// <summary>
/// Bounds how often a vendor is asked for things that are named by evidence nobody has vouched for yet, so that strangers cannot make this node ask without
/// end.
/// </summary>
/// <param name="perMinute">How often in a minute.</param>
/// <param name="time">The clock.</param>
internal sealed class FetchBudget(int perMinute, TimeProvider time)
{
    private readonly Lock _lock = new();
    private DateTimeOffset _minute;
    private int _used;

    /// <exception cref="AttestationException">This minute's fetches are used up.</exception>
    public void Take()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (now - _minute >= TimeSpan.FromMinutes(1) || now < _minute) (_minute, _used) = (now, 0);
            if (_used >= perMinute)
                throw new AttestationException($"collateral check: found {perMinute} fetches of this kind within a minute, wanted fewer; have peers bring what they can themselves.");
            _used++;
        }
    }
}
