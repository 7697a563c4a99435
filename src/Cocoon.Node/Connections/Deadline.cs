namespace Cocoon.Node.Connections;

/// <summary>Bounds a step of opening a connection in time.</summary>
public static class Deadline
{
    /// <summary>Runs a step.</summary>
    /// <param name="limit">How long it may take.</param>
    /// <param name="time">The clock.</param>
    /// <param name="what">The step, as the subject of a sentence.</param>
    /// <param name="step">Does it; its token is cancelled when time is up.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="IOException">Time ran out; the message names the step.</exception>
    public static async Task<T> RunAsync<T>(
        TimeSpan limit, TimeProvider time, string what, Func<CancellationToken, Task<T>> step, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            return await step(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"{what} was not finished within {limit.TotalSeconds:0.###} s.", exception);
        }
    }

    /// <summary>The same for a step without a result.</summary>
    /// <exception cref="IOException">Time ran out; the message names the step.</exception>
    public static Task RunAsync(TimeSpan limit, TimeProvider time, string what, Func<CancellationToken, Task> step, CancellationToken cancellationToken) =>
        RunAsync(limit, time, what, async token =>
        {
            await step(token).ConfigureAwait(false);
            return true;
        }, cancellationToken);
}
