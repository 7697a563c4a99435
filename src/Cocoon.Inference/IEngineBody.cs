namespace Cocoon.Inference;

/// <summary>Produces the body of an answer, and counts its tokens.</summary>
public interface IEngineBody : IAsyncDisposable
{
    /// <summary>Tokens counted so far, never falling; final when the body has ended.</summary>
    TokenUsage Usage { get; }

    /// <summary>The parts of the body, produced as they are asked for; each is valid until the next is asked for. Called at most once.</summary>
    /// <exception cref="EngineException">The body broke off, stalled, or breaks the protocol.</exception>
    IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(CancellationToken ct);
}
