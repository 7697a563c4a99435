using System.Buffers;
using System.Runtime.CompilerServices;
using Cocoon.Inference.Streaming;

namespace Cocoon.Inference.OpenAi;

/// <summary>Passes on the body of a server's answer as it arrives and counts its tokens alongside.</summary>
internal sealed class OpenAiBody(HttpResponseMessage response, Stream stream, TimeSpan idleTimeout, TimeProvider time) : IEngineBody
{
    private const int BufferBytes = 16 * 1024;

    private readonly UsageTracker _tracker = new();

    public TokenUsage Usage => _tracker.Usage;

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync([EnumeratorCancellation] CancellationToken ct)
    {
        using var timer = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(ct, timer.Token);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (true)
            {
                timer.CancelAfter(idleTimeout);
                var count = await ReadPartAsync(buffer, linked.Token, ct).ConfigureAwait(false);
                timer.CancelAfter(Timeout.InfiniteTimeSpan);
                if (count == 0)
                    break;
                _tracker.Append(buffer.AsSpan(0, count));
                yield return buffer.AsMemory(0, count);
            }
            _tracker.Complete();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
            _tracker.Clear();
        }
    }

    public ValueTask DisposeAsync()
    {
        response.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<int> ReadPartAsync(byte[] buffer, CancellationToken timed, CancellationToken ct)
    {
        try
        {
            return await stream.ReadAsync(buffer, timed).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new EngineException(EngineErrorCode.Timeout, $"The server's answer stalled for {idleTimeout}.", e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException && !ct.IsCancellationRequested)
        {
            throw new EngineException(EngineErrorCode.Protocol, "The server's answer broke off before its end.", e);
        }
    }
}
