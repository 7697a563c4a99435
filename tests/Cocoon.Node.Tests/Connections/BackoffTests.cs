using Cocoon.Node.Connections;

namespace Cocoon.Node.Tests.Connections;

public sealed class BackoffTests
{
    [Fact]
    public void Pauses_double_up_to_the_longest_and_are_shortened_by_half_at_most()
    {
        var pauses = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
        foreach (var full in (double[])[1, 2, 4, 8, 10, 10, 10])
            pauses.Next().TotalSeconds.ShouldBeInRange(full / 2, full);
        for (var more = 0; more < 2000; more++) pauses.Next().TotalSeconds.ShouldBeInRange(5, 10);
        pauses.Reset();
        pauses.Next().TotalSeconds.ShouldBeInRange(0.5, 1);
    }
}
