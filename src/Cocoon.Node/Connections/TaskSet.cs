namespace Cocoon.Node.Connections;

/// <summary>Tasks in flight that must have ended before their owner is gone.</summary>
public sealed class TaskSet
{
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _tasks = [];

    /// <summary>How many tasks are in flight.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _tasks.Count;
        }
    }

    /// <summary>Keeps a task until it ends. The task handles its own failures.</summary>
    public void Add(Task task)
    {
        if (task.IsCompleted)
            return;
        lock (_gate) _tasks.Add(task);
        _ = task.ContinueWith(Remove, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Ends when no task is in flight.</summary>
    public async Task WhenEmptyAsync()
    {
        while (true)
        {
            Task[] tasks;
            lock (_gate) tasks = [.. _tasks];
            if (tasks.Length == 0)
                return;
            await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            lock (_gate) _tasks.ExceptWith(tasks);
        }
    }

    private void Remove(Task task)
    {
        lock (_gate) _tasks.Remove(task);
    }
}
