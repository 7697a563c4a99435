using Cocoon.Devnet.Executor;

namespace Cocoon.Devnet.Tests;

/// <summary>Fails, or changes the answers of another executor, as a test asks it to.</summary>
internal sealed class FaultyExecutor(ITransactionExecutor inner) : ITransactionExecutor
{
    /// <summary>What to throw instead of executing a request; null to execute it.</summary>
    public Func<ExecutionRequest, Exception?> Fault { get; set; } = _ => null;

    public Func<ExecutionResult, ExecutionResult> Change { get; set; } = result => result;

    public async Task<ExecutionResult> ExecuteAsync(ExecutionRequest request, CancellationToken cancellationToken) =>
        Fault(request) is { } fault ? throw fault : Change(await inner.ExecuteAsync(request, cancellationToken));

    public Task<GetMethodResult> RunGetMethodAsync(GetMethodRequest request, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("No get-methods here.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
