using System.Collections.Immutable;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Nvidia;

/// <summary>Asks GPUs through another source, for one caller after the other, and gives each a time: GPUs answer slowly, and many peers may ask at once.</summary>
/// <param name="source">The source.</param>
/// <param name="limit">How long one answer may take, more than zero; the wait for others' is not counted.</param>
/// <param name="time">The clock of that limit.</param>
public sealed class BoundedGpuSource(IGpuEvidenceSource source, TimeSpan limit, TimeProvider time) : IGpuEvidenceSource
{
    private readonly SemaphoreSlim _collecting = new(1);

    /// <inheritdoc/>
    public async Task<ImmutableArray<GpuEvidence>> CollectAsync(Bits256 nonce, CancellationToken cancellationToken)
    {
        await _collecting.WaitAsync(cancellationToken).ConfigureAwait(false);
        using var timer = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            var gpus = await source.CollectAsync(nonce, either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            var size = gpus.Sum(gpu => gpu.Size);
            return size <= GpuEvidence.MaxTotalSize
                ? gpus
                : throw new AttestationException($"The GPUs gave {size} bytes of evidence, wanted at most {GpuEvidence.MaxTotalSize}.");
        }
        catch (OperationCanceledException exception) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new AttestationException(
                $"The GPUs gave no evidence within {limit.TotalSeconds:0.###} seconds; run the tool by hand to see how long it takes, then raise Limits:GpuEvidenceSeconds or reset the GPU that hangs.",
                exception);
        }
        finally
        {
            _collecting.Release();
        }
    }
}
