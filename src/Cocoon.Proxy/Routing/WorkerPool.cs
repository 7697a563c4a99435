using Cocoon.Contracts.Economics;
using Cocoon.Node.Configuration;

namespace Cocoon.Proxy.Routing;

/// <summary>The connected workers by model, and the choice of one for a request.</summary>
public sealed class WorkerPool
{
    // How many models without workers stay known: far more than a network has, and no more than a liar may make this hold.
    internal const int MaxDesertedModels = 1000;

    private static readonly IWorkerSelectionPolicy[] Policies = [new LeastLoadedPolicy(), new CheapestPolicy()];

    private readonly Lock _gate = new();
    // A model stays known after its last worker has left, as the network's model lists have it.
    private readonly SortedDictionary<string, List<WorkerConnection>> _models = new(StringComparer.Ordinal);
    private readonly Queue<string> _deserted = new();
    private readonly IWorkerSelectionPolicy _policy;
    private readonly TimeProvider _time;

    /// <summary>Makes a pool that chooses by the named policy.</summary>
    /// <exception cref="ConfigurationException">There is no such policy.</exception>
    public WorkerPool(string policyName, TimeProvider time)
    {
        _time = time;
        _policy = Array.Find(Policies, policy => policy.Name == policyName) ?? throw new ConfigurationException(
            $"WorkerSelection: there is no policy '{policyName}'. Policies: {string.Join(", ", Policies.Select(policy => policy.Name))}.");
    }

    /// <summary>Every connection, by model.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<WorkerConnection>> Snapshot()
    {
        lock (_gate) return _models.ToDictionary(pair => pair.Key, IReadOnlyList<WorkerConnection> (pair) => [.. pair.Value]);
    }

    /// <summary>The connections of a model; null when it is not known.</summary>
    internal IReadOnlyList<WorkerConnection>? Find(string model)
    {
        lock (_gate) return _models.TryGetValue(model, out var connections) ? [.. connections] : null;
    }

    internal void Add(WorkerConnection connection)
    {
        lock (_gate)
        {
            if (!_models.TryGetValue(connection.Model, out var connections))
                _models.Add(connection.Model, connections = []);
            connections.Add(connection);
        }
    }

    internal void Remove(WorkerConnection connection)
    {
        lock (_gate)
        {
            if (_models.TryGetValue(connection.Model, out var connections) && connections.Remove(connection) && connections.Count == 0)
                Desert(connection.Model);
        }
        connection.Lose();
    }

    /// <summary>Chooses a worker and puts the task on it, or says why none can take it.</summary>
    internal WorkerChoice Assign(string model, Coefficient maxCoefficient, Relay.WorkerTask task, IReadOnlySet<WorkerConnection> tried)
    {
        lock (_gate)
        {
            if (!_models.TryGetValue(model, out var connections))
                return WorkerChoice.UnknownModel;
            while (true)
            {
                var (best, coefficient, cheapestAbove) = Find(connections, maxCoefficient, tried);
                if (best is null)
                {
                    return WorkerChoice.Refuse(
                        cheapestAbove is not null ? WorkerRefusal.TooExpensive : connections.Count > 0 ? WorkerRefusal.AllBusy : WorkerRefusal.NoWorkers, cheapestAbove);
                }
                // It fails only when the connection was lost or disabled just now; then the next search leaves it out.
                if (!best.TryStart(task))
                    continue;
                best.LastUsed = _time.GetTimestamp();
                return new WorkerChoice(best, coefficient, WorkerRefusal.None, null);
            }
        }
    }

    // A model may be served again while it waits here, and be deserted again behind its former place.
    private void Desert(string model)
    {
        _deserted.Enqueue(model);
        if (_deserted.Count > MaxDesertedModels && _deserted.Dequeue() is var oldest && _models.TryGetValue(oldest, out var connections)
            && connections.Count == 0 && !_deserted.Contains(oldest))
            _models.Remove(oldest);
    }

    private (WorkerConnection? Best, Coefficient Coefficient, Coefficient? CheapestAboveCap) Find(
        List<WorkerConnection> connections, Coefficient maxCoefficient, IReadOnlySet<WorkerConnection> tried)
    {
        WorkerConnection? best = null;
        Coefficient chosen = default;
        Coefficient? cheapestAbove = null;
        foreach (var connection in connections)
        {
            if (!connection.Enabled || connection.Running >= connection.Limit || tried.Contains(connection))
                continue;
            // Read once: what is checked against the cap is what the request is priced with.
            var coefficient = connection.Coefficient;
            if (coefficient > maxCoefficient)
            {
                if (cheapestAbove is null || coefficient < cheapestAbove)
                    cheapestAbove = coefficient;
                continue;
            }
            if (best is null || _policy.Compare(connection, best) < 0)
                (best, chosen) = (connection, coefficient);
        }
        return (best, chosen, cheapestAbove);
    }
}
