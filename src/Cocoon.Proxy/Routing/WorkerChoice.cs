using Cocoon.Contracts.Economics;

namespace Cocoon.Proxy.Routing;

/// <summary>A chosen worker, or why there is none.</summary>
internal readonly record struct WorkerChoice(WorkerConnection? Worker, WorkerRefusal Refusal, Coefficient? CheapestAboveCap)
{
    public static WorkerChoice UnknownModel => new(null, WorkerRefusal.UnknownModel, null);
}
