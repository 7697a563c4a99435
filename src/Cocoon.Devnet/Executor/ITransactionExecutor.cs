namespace Cocoon.Devnet.Executor;

/// <summary>
/// Runs the TVM: what a message does to an account, and what a get-method answers. Pure: the same request gives the same result.
/// </summary>
public interface ITransactionExecutor : IAsyncDisposable
{
    /// <summary>
    /// Executes one message on one account as TON's transaction executor does, with the gas and fees of the chain configuration.
    /// </summary>
    /// <exception cref="ExecutorException">The executor itself failed; the account is as it was.</exception>
    Task<ExecutionResult> ExecuteAsync(ExecutionRequest request, CancellationToken cancellationToken);

    /// <summary>Runs a get-method of a contract.</summary>
    /// <exception cref="ExecutorException">The executor itself failed.</exception>
    Task<GetMethodResult> RunGetMethodAsync(GetMethodRequest request, CancellationToken cancellationToken);
}
