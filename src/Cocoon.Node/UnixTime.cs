using System.Globalization;

namespace Cocoon.Node;

/// <summary>Points in time as messages and headers of the network write them: Unix seconds.</summary>
public static class UnixTime
{
    /// <summary>Now, in Unix seconds.</summary>
    public static double UnixNow(this TimeProvider time) => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    /// <summary>Now, in Unix seconds with six decimals, as the <c>X-Cocoon-…</c> headers say it.</summary>
    public static string UnixStamp(this TimeProvider time) => time.UnixNow().ToString("F6", CultureInfo.InvariantCulture);
}
