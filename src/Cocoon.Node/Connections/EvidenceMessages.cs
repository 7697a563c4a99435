using System.Collections.Immutable;
using Cocoon.Attestation;
using Cocoon.Attestation.Certificates;
using Cocoon.Attestation.Nvidia;
using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;

namespace Cocoon.Node.Connections;

/// <summary>Fresh evidence on the wire, and what a dialler of version 3 does with it.</summary>
public static class EvidenceMessages
{
    /// <summary>
    /// The longest packet body, in bytes, that is taken while evidence for a connection is awaited: a quote and what
    /// <see cref="GpuEvidence.MaxTotalSize"/> grants GPUs, and room for what the encoding adds.
    /// </summary>
    public const int MaxPacketSize = 256 * 1024;

    private const int MaxGpuCertificates = 8;

    /// <summary>The evidence as a message.</summary>
    public static AttestationEvidence Write(FreshEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return new AttestationEvidence(evidence.Quote, [.. evidence.Gpus.Select(gpu => new AttestationGpu(gpu.Report, gpu.Certificates))]);
    }

    /// <summary>The evidence in a message.</summary>
    /// <exception cref="AttestationException">There is more of something than there may be.</exception>
    public static FreshEvidence Read(AttestationEvidence message)
    {
        ArgumentNullException.ThrowIfNull(message);
        Bound("quote size", message.Quote.Length, AttestedCertificate.MaxQuoteSize, "bytes");
        Bound("GPU count", message.Gpus.Length, GpuEvidence.MaxGpus, "GPUs");
        foreach (var gpu in message.Gpus) Bound("GPU chain", gpu.Certificates.Length, MaxGpuCertificates, "certificates");
        var gpus = message.Gpus.Select(gpu => new GpuEvidence(gpu.Report, gpu.Certificates)).ToImmutableArray();
        Bound("GPU evidence size", gpus.Sum(gpu => gpu.Size), GpuEvidence.MaxTotalSize, "bytes");
        return new FreshEvidence(message.Quote, gpus);
    }

    /// <summary>Shows a proxy this side's evidence for the connection, asks for the proxy's and judges it.</summary>
    /// <param name="session">The session on the connection.</param>
    /// <param name="exchange">The connection's evidence.</param>
    /// <param name="timeout">How long the proxy may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The proxy's evidence was refused, or this side's cannot be made.</exception>
    /// <exception cref="SessionQueryException">The proxy refused this side's evidence.</exception>
    /// <exception cref="TimeoutException">The proxy did not answer in time.</exception>
    public static async Task ExchangeAsync(Session session, IEvidenceExchange exchange, TimeSpan timeout, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(exchange);
        try
        {
            var own = await exchange.ProveAsync(cancellationToken).ConfigureAwait(false);
            session.AllowLargePackets(MaxPacketSize);
            var answer = await session.QueryAsync(new AttestationExchange(Write(own)), timeout, cancellationToken).ConfigureAwait(false);
            session.AllowSmallPackets();
            if (await exchange.FindRefusalAsync(Read(answer), cancellationToken).ConfigureAwait(false) is { } refusal)
                throw new IOException($"the proxy's evidence for this connection was refused: {refusal}");
        }
        catch (AttestationException exception)
        {
            throw new IOException($"the evidence for this connection cannot be exchanged: {exception.Message}", exception);
        }
    }

    /// <summary>Answers a query for evidence for a nonce.</summary>
    /// <param name="exchange">The connection's evidence; null where it is not this process that attests itself.</param>
    /// <param name="query">The query.</param>
    /// <param name="cancellationToken">The session has ended.</param>
    /// <exception cref="SessionQueryException">There is no evidence, or it cannot be made now.</exception>
    public static async Task<AttestationEvidence> AnswerAsync(IEvidenceExchange? exchange, AttestationProve query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (exchange is null)
            throw new SessionQueryException(ErrorCodes.Error, "this connection carries no evidence; it is behind a router or plain");
        try
        {
            return Write(await exchange.ProveAsync(query.Nonce, cancellationToken).ConfigureAwait(false));
        }
        catch (AttestationException exception)
        {
            throw new SessionQueryException(ErrorCodes.NotReady, $"the evidence cannot be made now: {exception.Message}", exception);
        }
    }

    private static void Bound(string check, int found, int most, string unit)
    {
        if (found > most) throw new AttestationException($"{check} check: found {found} {unit}, wanted at most {most}.");
    }
}
