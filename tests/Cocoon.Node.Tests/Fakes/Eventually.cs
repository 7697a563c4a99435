using Cocoon.Testing;

namespace Cocoon.Node.Tests.Fakes;

/// <summary>Waiting for what other threads do.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static async Task UntilAsync(Func<bool> condition)
    {
        using var guard = new CancellationTokenSource(Patience);
        while (!condition())
        {
            guard.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>
    /// Lets time pass second by second, each when something waits for it. What waited runs before this returns, so long as nothing real is
    /// awaited there.
    /// </summary>
    public static async Task PassAsync(this ManualTimeProvider time, int seconds)
    {
        var never = new TaskCompletionSource().Task;
        for (var second = 0; second < seconds; second++) await time.PassAsync(TimeSpan.FromSeconds(1), never);
    }

    /// <summary>Lets time pass second by second until something is true.</summary>
    public static async Task PassUntilAsync(this ManualTimeProvider time, Func<bool> condition)
    {
        using var guard = new CancellationTokenSource(Patience);
        while (!condition())
        {
            guard.Token.ThrowIfCancellationRequested();
            // Looked at once only: a timer may be gone by the next look, and nothing would ever set another.
            if (time.PendingTimers > 0)
                await Task.Run(() => time.Advance(TimeSpan.FromSeconds(1)));
            else
                await Task.Yield();
        }
    }
}
