using System.Security.Cryptography;
using Cocoon.Attestation;
using Cocoon.Cryptography;
using Cocoon.Node.Connections;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Proxy.Routing;

namespace Cocoon.Proxy.Sessions;

/// <summary>Passes on what workers prove. Nothing of it is judged here: the client does that, and would not take the proxy's word.</summary>
/// <param name="pool">The workers.</param>
/// <param name="gpuTime">What a worker's GPUs are granted.</param>
/// <param name="time">The clock of the deadline.</param>
internal sealed class WorkerProofs(WorkerPool pool, TimeSpan gpuTime, TimeProvider time)
{
    private const int MaxReason = 300;
    private const int MaxQuotedModel = 100;

    // Longer than any worker is at it that still means to answer.
    private static readonly TimeSpan Abandoned = TimeSpan.FromHours(1);

    // Hardware takes seconds for a quote, and GPUs take their own time before; the client waits a little longer than this.
    private readonly TimeSpan _deadline = TimeSpan.FromSeconds(20) + gpuTime;

    /// <summary>The evidence of the wanted worker, or of one that is chosen at random.</summary>
    /// <exception cref="SessionQueryException">There is no such worker, or it gave none.</exception>
    public async Task<ClientWorkerEvidence> GetAsync(ClientGetWorkerEvidence wanted, CancellationToken cancellationToken)
    {
        var worker = Choose(wanted);
        using var timer = new CancellationTokenSource(_deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await worker.Proving.WaitAsync(either.Token).ConfigureAwait(false);
            var evidence = await AskAsync(worker, wanted.Nonce).WaitAsync(either.Token).ConfigureAwait(false);
            // The same bounds for everybody: what is too much for this proxy is not passed on either.
            return new ClientWorkerEvidence(worker.Evidence.PublicKey.Bits, EvidenceMessages.Write(EvidenceMessages.Read(evidence)));
        }
        catch (SessionQueryException exception)
        {
            throw new SessionQueryException(ErrorCodes.NotReady, $"the worker refused to prove itself: {PeerText.Cut(exception.Message, MaxReason)}", exception);
        }
        catch (AttestationException exception)
        {
            throw new SessionQueryException(ErrorCodes.Failure, $"the worker's evidence cannot be passed on: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is TimeoutException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new SessionQueryException(ErrorCodes.Timeout, $"the worker gave no evidence within {_deadline.TotalSeconds:0} seconds", exception);
        }
        catch (IOException exception)
        {
            throw new SessionQueryException(ErrorCodes.Failure, "the connection to the worker was lost", exception);
        }
    }

    // A worker goes on proving itself when nobody waits for it any more, so its turn ends with its answer and not with anybody's patience.
    private static async Task<AttestationEvidence> AskAsync(WorkerConnection worker, Bits256 nonce)
    {
        try
        {
            return await worker.Link.ProveAsync(nonce, Abandoned, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            worker.Proving.Release();
        }
    }

    private WorkerConnection Choose(ClientGetWorkerEvidence wanted)
    {
        var model = PeerText.Cut(wanted.ModelName, MaxQuotedModel);
        if (pool.Find(wanted.ModelName) is not { } workers)
            throw new SessionQueryException(ErrorCodes.ProtocolViolation, $"unknown model '{model}'");
        // One that is full or pauses can still say what it is.
        var isNamed = wanted.WorkerKey != Bits256.Zero;
        var found = workers.Where(worker => isNamed ? worker.Evidence.PublicKey.Bits == wanted.WorkerKey : worker.Enabled).ToArray();
        if (found.Length == 0)
            throw new SessionQueryException(ErrorCodes.NotReady, isNamed ? $"no worker for model '{model}' has the key {wanted.WorkerKey}" : $"no ready workers for model '{model}'");
        var able = found.Where(worker => worker.ProtocolVersion >= ProtocolVersions.FreshEvidence).ToArray();
        return able.Length > 0
            ? able[RandomNumberGenerator.GetInt32(able.Length)]
            : throw new SessionQueryException(
                ErrorCodes.NotReady,
                $"no worker for model '{model}' can prove itself: found version {found.Max(worker => worker.ProtocolVersion)}, wanted {ProtocolVersions.FreshEvidence}");
    }
}
