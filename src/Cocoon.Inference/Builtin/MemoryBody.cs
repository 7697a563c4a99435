using System.Runtime.CompilerServices;

namespace Cocoon.Inference.Builtin;

/// <summary>A body that is known already.</summary>
internal sealed class MemoryBody(ReadOnlyMemory<byte> content) : IEngineBody
{
    public TokenUsage Usage => default;

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        ct.ThrowIfCancellationRequested();
        yield return content;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
