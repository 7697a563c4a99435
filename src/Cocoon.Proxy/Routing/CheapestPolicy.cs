namespace Cocoon.Proxy.Routing;

/// <summary>Prefers the worker with the smallest coefficient, then the least loaded one.</summary>
internal sealed class CheapestPolicy : IWorkerSelectionPolicy
{
    private readonly LeastLoadedPolicy _second = new();

    public string Name => "cheapest";

    public int Compare(WorkerConnection left, WorkerConnection right)
    {
        var order = left.Coefficient.CompareTo(right.Coefficient);
        return order != 0 ? order : _second.Compare(left, right);
    }
}
