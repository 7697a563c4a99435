using System.Collections.Immutable;
using Cocoon.Attestation.Chains;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.EventLog;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Policies;
using Cocoon.Cryptography;

namespace Cocoon.Cli.Commands.Attest;

/// <summary>What evidence is verified with and held against, as the command line gives it.</summary>
internal sealed record AttestDemands
{
    /// <summary>The names of the options that were given: each kind of evidence takes some and refuses the others.</summary>
    public ImmutableArray<string> Given { get; init; } = [];

    /// <summary>The time at which everything has to be valid.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What evidence is held to; null for the verifiers' own defaults.</summary>
    public EvidenceRules? Policy { get; init; }

    /// <summary>What the report data has to be, 64 bytes; null for what the evidence itself is bound to, if it is.</summary>
    public byte[]? ReportData { get; init; }

    /// <summary>The key that the evidence has to be of; of a gateway's report, the worker's.</summary>
    public Ed25519PublicKey? Key { get; init; }

    public DcapCollateral? Collateral { get; init; }

    /// <summary>Statuses of a platform that are good enough; null for the verifier's own choice.</summary>
    public ImmutableArray<TcbStatus>? AcceptedStatuses { get; init; }

    /// <summary>Whether the root of simulated platforms is trusted instead of the vendor's.</summary>
    public bool Simulated { get; init; }

    public CcEventLog? EventLog { get; init; }

    /// <summary>The manifests of a GPU's driver and of its firmware, in this order.</summary>
    public ImmutableArray<RimFile> Manifests { get; init; } = [];

    /// <summary>The vendor's revocation lists; where any is given, they are demanded.</summary>
    public ImmutableArray<RevocationList> RevocationLists { get; init; } = [];

    /// <summary>What the GPU was asked with, 32 bytes.</summary>
    public byte[]? Nonce { get; init; }

    /// <summary>The images of which the proxy of a gateway's report has to run one; empty compares it with nothing.</summary>
    public ImmutableArray<Bits256> ProxyImages { get; init; } = [];

    /// <summary>The same of its worker.</summary>
    public ImmutableArray<Bits256> WorkerImages { get; init; } = [];
}
