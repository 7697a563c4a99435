using System.Collections.Concurrent;
using Cocoon.Inference.Llama;

namespace Cocoon.Inference.Builtin;

/// <summary>Lends slots to a bounded number of requests; a bounded number more may wait.</summary>
internal sealed class SlotPool(LlamaModel model, int context, int size, int maxWaiting) : IDisposable
{
    private readonly ConcurrentBag<GenerationSlot> _free = [];
    private readonly SemaphoreSlim _gate = new(size, size);
    private int _waiting;

    /// <summary>Requests that could be taken now without waiting.</summary>
    public int Free => _gate.CurrentCount;

    /// <summary>Whether one more request would be refused.</summary>
    public bool IsFull => _gate.CurrentCount == 0 && Volatile.Read(ref _waiting) >= maxWaiting;

    /// <summary>Waits for a slot; null when too many wait already.</summary>
    public async ValueTask<GenerationSlot?> RentAsync(CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        if (!_gate.Wait(0, CancellationToken.None))
        {
            if (Interlocked.Increment(ref _waiting) > maxWaiting)
            {
                Interlocked.Decrement(ref _waiting);
                return null;
            }
            try
            {
                await _gate.WaitAsync(ct).ConfigureAwait(false);
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }
        }
        return _free.TryTake(out var slot) ? slot : new GenerationSlot(model, context);
    }

    /// <summary>Overwrites a slot and gives it back.</summary>
    public void Return(GenerationSlot slot)
    {
        slot.Clear();
        _free.Add(slot);
        _gate.Release();
    }

    public void Dispose() => _gate.Dispose();
}
