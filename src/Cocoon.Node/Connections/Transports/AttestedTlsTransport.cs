using System.Collections.Concurrent;
using System.Net;
using Cocoon.Attestation;
using Cocoon.Node.Configuration;
using Cocoon.Protocol.Sessions;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Cocoon.Node.Connections.Transports;

/// <summary><c>attested_tls</c>: proof of work and attested TLS in this process.</summary>
internal sealed class AttestedTlsTransport(NodeOptions options, EvidenceServices evidence, TimeProvider time, ILoggerFactory loggers) : IPeerTransport
{
    private readonly ConcurrentDictionary<string, Lazy<AttestedTls>> _tls = new();

    public string Name => PeerTransports.AttestedTls;

    public IPEndPoint? Via => null;

    public ConnectionDelegate Accept(AcceptTerms terms, ConnectionDelegate serve) =>
        PeerPipeline.Accept(Tls(terms.Policy), terms.Difficulty, options.Limits.ProofOfWork, time, serve);

    public ConnectionDelegate Dial(string policy, ConnectionDelegate serve) =>
        PeerPipeline.Dial(Tls(policy), options.MaxProofOfWorkDifficulty, options.Limits.ProofOfWork, time, serve);

    public void Dispose()
    {
        foreach (var tls in _tls.Values) tls.Value.Dispose();
    }

    // One for each policy, so that connections share its certificate.
    private AttestedTls Tls(string policy)
    {
        var judge = evidence.CreatePolicy(policy);
        return _tls.GetOrAdd(policy, _ => new Lazy<AttestedTls>(() => new AttestedTls(
            evidence.CreateSource(), judge,
            new AttestedTlsOptions
            {
                HandshakeTimeout = options.Limits.TlsHandshake,
                EvidenceTimeout = options.Limits.Evidence,
                Farewell = Farewell.Write,
                Gpus = evidence.Gpus,
                GpuEndorsements = evidence.GpuEndorsements,
            },
            time,
            loggers.CreateLogger<AttestedTls>()))).Value;
    }
}
