using System.Net;
using Cocoon.Attestation;
using Cocoon.Attestation.Policies;
using Cocoon.Attestation.Sources;
using Cocoon.Node.Connections;
using Cocoon.Node.Tests.Fakes;
using Microsoft.AspNetCore.Connections;

namespace Cocoon.Router.Tests;

/// <summary>A role that does proof of work and TLS itself.</summary>
internal sealed class AttestedTlsPeer(string source, string policy, RouterBench bench) : IDisposable
{
    private readonly AttestedTls _tls = new(EvidenceSources.Create(source), EvidencePolicies.Create(policy), new AttestedTlsOptions(), bench.Time);

    public async Task DialAsync(IPEndPoint endPoint, ConnectionDelegate serve)
    {
        var pipeline = PeerPipeline.Dial(_tls, RouterBench.Difficulty, Eventually.Patience, bench.Time, serve);
        using var dialler = new PeerDialler(pipeline, Eventually.Patience, bench.Log, bench.Time);
        await dialler.RunAsync(endPoint.Address.ToString(), endPoint.Port, default);
    }

    public void Dispose() => _tls.Dispose();
}
