using Cocoon.Inference;
using Cocoon.Node;
using Cocoon.Worker.Configuration;
using Cocoon.Worker.Earnings;
using Cocoon.Worker.Requests;

namespace Cocoon.Worker;

/// <summary>What the sessions of one worker share.</summary>
internal sealed class WorkerCore(NodeRuntime node, WorkerOptions options, IEngine engine, RequestRunner runner, ProxyAccounts accounts)
{
    public NodeRuntime Node { get; } = node;

    public WorkerOptions Options { get; } = options;

    public IEngine Engine { get; } = engine;

    public RequestRunner Runner { get; } = runner;

    public ProxyAccounts Accounts { get; } = accounts;

    /// <summary>Whether the engine took its last health check; the worker takes no requests while it does not.</summary>
    public bool EngineHealthy { get; set; }
}
