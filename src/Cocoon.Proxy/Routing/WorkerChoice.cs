using Cocoon.Contracts.Economics;

namespace Cocoon.Proxy.Routing;

/// <summary>A chosen worker, or why there is none.</summary>
/// <param name="Worker">The worker the task was put on, null when there is none.</param>
/// <param name="Coefficient">Its coefficient at that moment, which this request is priced with whatever the worker says later.</param>
/// <param name="Refusal">Why there is none.</param>
/// <param name="CheapestAboveCap">The smallest coefficient of the free workers that are too expensive.</param>
internal readonly record struct WorkerChoice(WorkerConnection? Worker, Coefficient Coefficient, WorkerRefusal Refusal, Coefficient? CheapestAboveCap)
{
    public static WorkerChoice UnknownModel => Refuse(WorkerRefusal.UnknownModel);

    public static WorkerChoice Refuse(WorkerRefusal refusal, Coefficient? cheapestAboveCap = null) => new(null, default, refusal, cheapestAboveCap);
}
