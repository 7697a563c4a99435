using System.Collections.Immutable;
using System.Security.Cryptography;
using Cocoon.Attestation.Dcap;

namespace Cocoon.Attestation.Simulation;

/// <summary>
/// A machine that is simulated, and what is published about it. Everything follows from the seed: two platforms that differ in other
/// respects have the same keys, so that a quote of one can be held against the collateral of the other.
/// </summary>
/// <param name="Seed">Where its keys come from. Whoever knows it can sign as this platform's maker.</param>
/// <param name="IssuedAt">When certificates and collateral are issued.</param>
public sealed record SimulatedPlatform(string Seed, DateTimeOffset IssuedAt)
{
    /// <summary>When collateral is issued, where that is not when certificates are.</summary>
    public DateTimeOffset? CollateralIssuedAt { get; init; }

    /// <summary>How long collateral is good. Default 30 days, as Intel's.</summary>
    public TimeSpan CollateralLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long the PCK certificate is good. Default 7 years.</summary>
    public TimeSpan PckLifetime { get; init; } = TimeSpan.FromDays(7 * 365);

    /// <summary>How long the authority's and the signer's certificates are good. Default 15 years.</summary>
    public TimeSpan AuthorityLifetime { get; init; } = TimeSpan.FromDays(15 * 365);

    /// <summary>Whether the PCK certificate is on the revocation list.</summary>
    public bool IsRevoked { get; init; }

    /// <summary>Whether the certificate of the authority that issues PCK certificates is on the root's revocation list.</summary>
    public bool IsAuthorityRevoked { get; init; }

    /// <summary>The kind of platform, 6 bytes.</summary>
    public ImmutableArray<byte> Fmspc { get; init; } = [0xc0, 0xc0, 0x00, 0x00, 0x00, 0x01];

    /// <summary>The provisioning certification enclave, 2 bytes.</summary>
    public ImmutableArray<byte> PceId { get; init; } = [0, 0];

    /// <summary>The platform's provisioning id, 16 bytes.</summary>
    public ImmutableArray<byte> Ppid { get; init; } = [.. SHA256.HashData("simulated platform"u8)[..16]];

    /// <summary>The platform's SGX security versions, 16 of them; the highest level of the TCB info wants the same.</summary>
    public ImmutableArray<byte> Components { get; init; } = [3, 3, 2, 2, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>The version of its provisioning certification enclave; the highest level of the TCB info wants the same.</summary>
    public int PceSvn { get; init; } = 13;

    /// <summary>The TDX security versions that the highest level of the TCB info wants, 16 of them.</summary>
    public ImmutableArray<byte> TdxComponents { get; init; } = [5, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>The status of the highest level. Below it there is one level more, which every platform reaches and which is out of date.</summary>
    public TcbStatus Status { get; init; } = TcbStatus.UpToDate;

    /// <summary>The advisories of the highest level.</summary>
    public ImmutableArray<string> Advisories { get; init; } = [];

    /// <summary>The minor version from which on the TDX module of major version 1 has <see cref="ModuleStatus"/>; below, it is out of date.</summary>
    public int ModuleSvn { get; init; } = 5;

    /// <summary>The status of the TDX module: up to date, out of date or revoked.</summary>
    public TcbStatus ModuleStatus { get; init; } = TcbStatus.UpToDate;

    /// <summary>Who signed the quoting enclave, 32 bytes.</summary>
    public ImmutableArray<byte> QeMrSigner { get; init; } = [.. SHA256.HashData("simulated quoting enclave"u8)];

    /// <summary>Which of its signer's enclaves the quoting enclave is.</summary>
    public int QeIsvProdId { get; init; } = 2;

    /// <summary>The quoting enclave's version; from it on it has <see cref="QeStatus"/>, below it is out of date.</summary>
    public int QeIsvSvn { get; init; } = 4;

    /// <summary>The status of the quoting enclave.</summary>
    public TcbStatus QeStatus { get; init; } = TcbStatus.UpToDate;

    /// <summary>The number of the TCB recovery that the collateral knows of.</summary>
    public int EvaluationNumber { get; init; } = 17;
}
