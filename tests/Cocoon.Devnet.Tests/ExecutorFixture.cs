using Cocoon.Devnet.Executor;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cocoon.Devnet.Tests;

/// <summary>One executor for all tests: it keeps no state between requests.</summary>
public sealed class ExecutorFixture : IAsyncLifetime
{
    public NodeSandboxExecutor Executor { get; } = new(new NodeSandboxOptions(), NullLogger<NodeSandboxExecutor>.Instance);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Executor.DisposeAsync();
}
