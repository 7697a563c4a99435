namespace Cocoon.Proxy.Routing;

/// <summary>Chooses one of several workers that could all take a request now. Chosen by <see cref="Name"/> in the configuration.</summary>
public interface IWorkerSelectionPolicy
{
    /// <summary>The name in the configuration.</summary>
    string Name { get; }

    /// <summary>The order of preference of two workers: negative when <paramref name="left"/> is preferred.</summary>
    int Compare(WorkerConnection left, WorkerConnection right);
}
