using System.Security.Cryptography;
using Cocoon.Attestation;
using Cocoon.Cryptography;
using Cocoon.Node.Connections;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;
using Cocoon.Proxy.Routing;

namespace Cocoon.Proxy.Sessions;

/// <summary>Passes on what workers prove. Nothing of it is judged here: the client does that, and would not take the proxy's word.</summary>
internal sealed class WorkerProofs(WorkerPool pool)
{
    private const int MaxReason = 300;
    private const int MaxQuotedModel = 100;

    // Hardware takes seconds for a quote; the client waits a little longer than this.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>The evidence of the wanted worker, or of one that is chosen at random.</summary>
    /// <exception cref="SessionQueryException">There is no such worker, or it gave none.</exception>
    public async Task<ClientWorkerEvidence> GetAsync(ClientGetWorkerEvidence wanted, CancellationToken cancellationToken)
    {
        var worker = Choose(wanted);
        try
        {
            var evidence = await worker.Link.ProveAsync(wanted.Nonce, Deadline, cancellationToken).ConfigureAwait(false);
            // The same bounds for everybody: what is too much for this proxy is not passed on either.
            return new ClientWorkerEvidence(worker.Evidence.PublicKey.Bits, EvidenceMessages.Write(EvidenceMessages.Read(evidence)));
        }
        catch (SessionQueryException exception)
        {
            throw new SessionQueryException(ErrorCodes.NotReady, $"the worker refused to prove itself: {Cut(exception.Message, MaxReason)}", exception);
        }
        catch (AttestationException exception)
        {
            throw new SessionQueryException(ErrorCodes.Failure, $"the worker's evidence cannot be passed on: {exception.Message}", exception);
        }
        catch (TimeoutException exception)
        {
            throw new SessionQueryException(ErrorCodes.Timeout, $"the worker gave no evidence within {Deadline.TotalSeconds:0} seconds", exception);
        }
        catch (IOException exception)
        {
            throw new SessionQueryException(ErrorCodes.Failure, "the connection to the worker was lost", exception);
        }
    }

    private WorkerConnection Choose(ClientGetWorkerEvidence wanted)
    {
        var model = Cut(wanted.ModelName, MaxQuotedModel);
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

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];
}
