using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Cocoon.Inference;

namespace Cocoon.Worker.Tests.Fakes;

/// <summary>An engine that answers what the test says, when it says so.</summary>
internal sealed class FakeEngine : IEngine
{
    private readonly Channel<object> _parts = Channel.CreateUnbounded<object>();

    public string Name => "fake";

    public bool Healthy { get; set; } = true;

    public int Status { get; set; } = 200;

    public string ContentType { get; set; } = "text/event-stream; charset=utf-8";

    public TokenUsage Usage { get; set; }

    /// <summary>What becomes of a request instead of an answer.</summary>
    public Func<CancellationToken, Task>? Sending { get; set; }

    public List<EngineRequest> Requests { get; } = [];

    /// <summary>Ends when an answer was given up or read to its end.</summary>
    public TaskCompletionSource Stopped { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Part(string text) => _parts.Writer.TryWrite(Encoding.UTF8.GetBytes(text));

    public void Part(byte[] bytes) => _parts.Writer.TryWrite(bytes);

    public void Fail(Exception exception) => _parts.Writer.TryWrite(exception);

    public void End() => _parts.Writer.TryWrite(this);

    /// <summary>Forgets what it was to answer and nobody has read.</summary>
    public void Clear()
    {
        while (_parts.Reader.TryRead(out _))
        {
        }
    }

    public Task<bool> IsHealthyAsync(CancellationToken ct) => Task.FromResult(Healthy);

    public async Task<EngineResponse> SendAsync(EngineRequest request, CancellationToken ct)
    {
        lock (Requests) Requests.Add(request);
        Asked.TrySetResult();
        if (Sending is { } sending)
            await sending(ct);
        return new EngineResponse(Status, "OK", [KeyValuePair.Create("Content-Type", ContentType)], new Body(this));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Body(FakeEngine engine) : IEngineBody
    {
        public TokenUsage Usage => engine.Usage;

        public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync([EnumeratorCancellation] CancellationToken ct)
        {
            while (true)
            {
                var part = await engine._parts.Reader.ReadAsync(ct);
                if (part is Exception exception)
                    throw exception;
                if (part is not byte[] bytes)
                    yield break;
                yield return bytes;
            }
        }

        public ValueTask DisposeAsync()
        {
            engine.Stopped.TrySetResult();
            return ValueTask.CompletedTask;
        }
    }
}
