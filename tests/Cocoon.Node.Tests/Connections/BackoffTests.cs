using Cocoon.Node.Connections;

namespace Cocoon.Node.Tests.Connections;

public sealed class BackoffTests
{
    [Fact]
    public void Pauses_double_up_to_the_longest_and_are_shortened_by_at_most_half()
    {
        var pauses = new Backoff(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(10));
        foreach (var full in (double[])[0.25, 0.5, 1, 2, 4, 8, 10, 10])
            pauses.Next().TotalSeconds.ShouldBeInRange(full / 2, full);
        pauses.Reset();
        pauses.Next().TotalSeconds.ShouldBeInRange(0.125, 0.25);
    }
}
