using System.Runtime.CompilerServices;
using System.Text;
using Cocoon.Inference;

namespace Cocoon.Fuzz;

/// <summary>An engine that answers at once, or never when the request holds the word.</summary>
internal sealed class FuzzEngine : IEngine
{
    public const string Wait = "wait for ever";

    public string Name => "fuzz";

    public Task<bool> IsHealthyAsync(CancellationToken ct) => Task.FromResult(true);

    public async Task<EngineResponse> SendAsync(EngineRequest request, CancellationToken ct)
    {
        if (request.Body.Span.IndexOf(Encoding.UTF8.GetBytes(Wait)) >= 0) await Task.Delay(Timeout.Infinite, ct);
        return new EngineResponse(200, "OK", [KeyValuePair.Create("Content-Type", "application/json")], new Body());
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Body : IEngineBody
    {
        public TokenUsage Usage => new(3, 0, 4, 0);

        public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync([EnumeratorCancellation] CancellationToken ct)
        {
            await Task.CompletedTask;
            yield return """{"usage":{"prompt_tokens":3,"completion_tokens":4}}"""u8.ToArray();
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
