using Cocoon.Testing;

namespace Cocoon.Ton.Tests;

/// <summary>
/// Lets time pass without the test runner's synchronization context, so that what waited for it has gone on, as far as it
/// can, when the call returns.
/// </summary>
public static class InlineTime
{
    public static void AdvanceInline(this ManualTimeProvider time, TimeSpan by)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            time.Advance(by);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}
