namespace Cocoon.EndToEnd.Harness;

/// <summary>Waits for what other processes bring about, which sends this one no event.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until a condition holds; it says what is missing, or null.</summary>
    public static Task HoldsAsync(string what, Func<string?> missing, TimeSpan limit) => HoldsAsync(what, () => Task.FromResult(missing()), limit);

    /// <inheritdoc cref="HoldsAsync(string, Func{string?}, TimeSpan)"/>
    public static async Task HoldsAsync(string what, Func<Task<string?>> missing, TimeSpan limit)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (await missing() is { } trouble)
        {
            if (TimeProvider.System.GetElapsedTime(started) > limit)
                throw new TimeoutException($"Within {limit.TotalSeconds:0} s it did not come true that {what}: {trouble}");
            await Task.Delay(Pause);
        }
    }
}
