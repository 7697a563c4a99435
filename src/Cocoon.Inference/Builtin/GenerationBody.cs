using System.Runtime.CompilerServices;
using System.Text;
using Cocoon.Inference.Llama;

namespace Cocoon.Inference.Builtin;

/// <summary>Generates answers as they are read: who stops reading stops the work, and a slow reader holds it back.</summary>
internal sealed class GenerationBody(
    LlamaModel model, SlotPool pool, GenerationSlot slot, CompletionRequest request, IReadOnlyList<List<int>> prompts, ulong seed, AnswerWriter writer)
    : IEngineBody
{
    private const int Idle = 0;
    private const int Reading = 1;
    private const int Released = 2;

    private int _state;
    private volatile bool _disposed;
    private long _completionTokens;
    private long _promptTokens;

    public TokenUsage Usage => new(Volatile.Read(ref _promptTokens), 0, Volatile.Read(ref _completionTokens), 0);

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync([EnumeratorCancellation] CancellationToken ct)
    {
        // Arithmetic must not run on the thread of a caller that only wanted to start reading.
        await Task.Yield();
        ObjectDisposedException.ThrowIf(Interlocked.CompareExchange(ref _state, Reading, Idle) != Idle, this);
        try
        {
            if (!request.Stream)
                writer.StartDocument();
            for (var choice = 0; choice < prompts.Count * request.Choices; choice++)
            {
                StartChoice(choice, ct);
                if (request.Stream && request.Chat)
                {
                    writer.WriteRole(choice);
                    yield return writer.Written;
                }
                var limit = Math.Min(request.MaxTokens ?? long.MaxValue, slot.Sequence.Capacity - slot.Sequence.Length);
                string? reason = null;
                for (var count = 0; reason is null; count++)
                {
                    ThrowIfStopped(ct);
                    reason = Step(count, limit);
                    var text = request.Stream ? slot.Text.Take(final: reason is not null) : default;
                    if (text.IsEmpty)
                        continue;
                    writer.WriteText(choice, text, null);
                    yield return writer.Written;
                }
                // An answer that ended by itself is not handed on either once its reader has given up.
                ThrowIfStopped(ct);
                if (request.Stream)
                {
                    writer.WriteText(choice, default, reason);
                    yield return writer.Written;
                }
                else
                {
                    writer.WriteChoice(choice, slot.Text.Text, reason);
                }
            }
            ThrowIfStopped(ct);
            if (!request.Stream)
            {
                writer.EndDocument(Usage);
                yield return writer.Written;
                yield break;
            }
            if (request.IncludeUsage)
            {
                writer.WriteUsageFrame(Usage);
                yield return writer.Written;
                ThrowIfStopped(ct);
            }
            writer.WriteDone();
            yield return writer.Written;
        }
        finally
        {
            _state = Released;
            Release();
        }
    }

    public ValueTask DisposeAsync()
    {
        _disposed = true;
        // A reader in the middle of its work gives the slot back itself.
        if (Interlocked.CompareExchange(ref _state, Released, Idle) == Idle)
            Release();
        return ValueTask.CompletedTask;
    }

    /// <summary>Brings the sequence to the end of the prompt; a further answer to the same prompt takes up the cache.</summary>
    private void StartChoice(int choice, CancellationToken ct)
    {
        var (sequence, index) = (slot.Sequence, choice / request.Choices);
        var prompt = prompts[index];
        // The answers of a prompt share its cache but for the last token, which is added again for its scores.
        var first = choice % request.Choices == 0;
        sequence.Truncate(first ? 0 : prompt.Count - 1);
        if (first)
            _promptTokens += prompt.Count;
        while (sequence.Length < prompt.Count)
        {
            ThrowIfStopped(ct);
            sequence.Add(prompt[sequence.Length], wantLogits: sequence.Length == prompt.Count - 1);
        }
        slot.Sampler.Start(request.Sampling, seed + (ulong)choice);
        slot.Text.Start(request.Stops);
        if (request.Echo)
            slot.Text.AppendEcho(Encoding.UTF8.GetBytes(request.Prompts[index]));
    }

    /// <summary>Produces one token; the reason of the end, or null to go on.</summary>
    private string? Step(int count, long limit)
    {
        if (count >= limit)
            return "length";
        var token = slot.Sampler.Choose(slot.Sequence.Logits);
        if (token == model.EndToken || model.Tokenizer.IsControl(token))
            return "stop";
        _completionTokens++;
        if (slot.Text.AppendToken(model.Tokenizer.GetBytes(token)))
            return "stop";
        if (count + 1 < limit)
            slot.Sequence.Add(token, wantLogits: true);
        return null;
    }

    private void ThrowIfStopped(CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_disposed, this);
    }

    private void Release()
    {
        writer.Dispose();
        pool.Return(slot);
    }
}
