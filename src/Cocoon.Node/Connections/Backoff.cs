using System.Security.Cryptography;

namespace Cocoon.Node.Connections;

/// <summary>Growing pauses between attempts: doubling from the first to the longest, each shortened at random by up to half so that peers spread out.</summary>
public sealed class Backoff(TimeSpan first, TimeSpan longest)
{
    private int _failures;

    /// <summary>The next attempt may be made at once again.</summary>
    public void Reset() => _failures = 0;

    /// <summary>The pause before the next attempt.</summary>
    public TimeSpan Next()
    {
        var full = Math.Min(longest.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Min(_failures, 30)));
        _failures++;
        var share = RandomNumberGenerator.GetInt32(500, 1001) / 1000.0;
        return TimeSpan.FromMilliseconds(full * share);
    }
}
