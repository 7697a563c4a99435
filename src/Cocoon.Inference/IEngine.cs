namespace Cocoon.Inference;

/// <summary>Turns a prompt into tokens behind the OpenAI HTTP API: a server elsewhere or the built-in one.</summary>
public interface IEngine : IAsyncDisposable
{
    /// <summary>The kind of engine, as configurations name it.</summary>
    string Name { get; }

    /// <summary>Whether the engine would take a request now. A failure to find out is a no, not an exception.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> was cancelled.</exception>
    Task<bool> IsHealthyAsync(CancellationToken ct);

    /// <summary>
    /// Sends a request and returns when status and headers of the answer are known. Error statuses are answers, not exceptions.
    /// Cancelling stops the work at once.
    /// </summary>
    /// <exception cref="EngineException">There is no answer: the engine is unreachable, too slow, or breaks its protocol.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> was cancelled.</exception>
    Task<EngineResponse> SendAsync(EngineRequest request, CancellationToken ct);
}
