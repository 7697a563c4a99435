namespace Cocoon.Proxy.Routing;

/// <summary>Prefers the worker with the smallest share of its limit in use, then the cheaper one, then the one that waited longest.</summary>
internal sealed class LeastLoadedPolicy : IWorkerSelectionPolicy
{
    public string Name => "least_loaded";

    public int Compare(WorkerConnection left, WorkerConnection right)
    {
        var order = ((long)left.Running * right.Limit).CompareTo((long)right.Running * left.Limit);
        if (order == 0) order = left.Coefficient.CompareTo(right.Coefficient);
        return order != 0 ? order : left.LastUsed.CompareTo(right.LastUsed);
    }
}
