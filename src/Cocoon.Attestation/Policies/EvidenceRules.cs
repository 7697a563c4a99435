using System.Collections.Immutable;
using Cocoon.Attestation.Dcap;
using Cocoon.Attestation.Nvidia;
using Cocoon.Attestation.Quotes;
using Cocoon.Attestation.SevSnp;

namespace Cocoon.Attestation.Policies;

/// <summary>
/// What a policy wants of a peer. The defaults are the strictest, and the same for a policy by name as for a file (<see cref="EvidencePolicyFile"/>)
/// that says no more than its kinds.
/// </summary>
public sealed record EvidenceRules
{
    /// <summary>The longest validity of a peer's certificate unless the rules say otherwise.</summary>
    public static readonly TimeSpan DefaultCertificateLifetime = TimeSpan.FromDays(7);

    /// <summary>The name of the policy, or the path of its file as it was configured.</summary>
    public required string Name { get; init; }

    /// <summary>The kinds of evidence that are accepted, whichever a peer has; empty asks for none.</summary>
    public ImmutableArray<EvidenceKind> Kinds { get; init; } = [];

    /// <summary>The images that are accepted, whatever a network's registry lists besides; empty leaves it to the registry.</summary>
    public ImageAllowList Images { get; init; } = ImageAllowList.Everything;

    /// <summary>What is wanted of quotes, real and simulated.</summary>
    public QuoteRequirements Tdx { get; init; } = QuoteRequirements.Default;

    /// <summary>What is wanted of AMD's reports.</summary>
    public SnpRequirements SevSnp { get; init; } = new();

    /// <summary>What is wanted of GPUs; null for nothing.</summary>
    public GpuRules? Gpu { get; init; }

    /// <summary>Whether evidence has to be made for the connection.</summary>
    public FreshnessRule Freshness { get; init; } = FreshnessRule.Version3;

    /// <summary>The longest validity of a peer's certificate, 1 hour to 30 days. Default 7 days; the network's own are valid for 1.</summary>
    public TimeSpan MaxCertificateLifetime { get; init; } = DefaultCertificateLifetime;

    /// <summary>How much stands behind the least of the peers that are accepted.</summary>
    public EvidenceTier Tier => Kinds.IsDefaultOrEmpty ? EvidenceTier.None : Kinds.Min(TierOf);

    /// <summary>What is accepted, in a line.</summary>
    public string Accepts => string.Join("; ", Describe());

    /// <summary>In words, each thing that is accepted here and that a strict verifier of hardware refuses. Operators are told at every start.</summary>
    public ImmutableArray<string> Relaxations => [.. Relax()];

    /// <summary>The rules of a policy that asks for one kind by its name.</summary>
    /// <param name="kind">One of <see cref="EvidenceKindExtensions.Named"/>.</param>
    public static EvidenceRules Of(EvidenceKind kind) => new() { Name = kind.Name(), Kinds = [kind] };

    /// <summary>How much stands behind a peer with accepted evidence of a kind.</summary>
    public EvidenceTier TierOf(EvidenceKind kind)
    {
        var tier = kind == EvidenceKind.SevSnp && SevSnp.AllowDebug ? EvidenceTier.Test : kind.Tier();
        return tier == EvidenceTier.ConfidentialCpu && Gpu is { Required: true, Requirements.AllowUnknownFirmware: false } ? EvidenceTier.ConfidentialCpuAndGpu : tier;
    }

    internal bool Accept(EvidenceKind kind) => !Kinds.IsDefault && Kinds.Contains(kind);

    internal string KindNames => string.Join(" or ", Kinds.Select(EvidenceKindExtensions.Name));

    private bool AcceptsQuotes => Accept(EvidenceKind.Tdx) || Accept(EvidenceKind.SimulatedTdx);

    private IEnumerable<string> Describe()
    {
        if (Kinds.IsDefaultOrEmpty)
        {
            yield return "every peer, without evidence";
            yield break;
        }
        yield return KindNames;
        yield return Images.Hashes.IsDefaultOrEmpty ? "images: the registry's" : $"images: {Images.Hashes.Length} listed here";
        if (AcceptsQuotes)
        {
            yield return $"TCB: {string.Join(", ", Tdx.AcceptedStatuses.Select(TcbStatuses.Name))}";
            if (Tdx.AcceptedAdvisories is { } advisories) yield return advisories.IsEmpty ? "no advisories" : $"advisories: {string.Join(", ", advisories)}";
            if (Tdx.AcceptedMrSeam is { } modules) yield return $"TDX modules: {modules.Length}";
            if (Tdx.MaxCollateralAge is { } age) yield return $"collateral: {age.TotalDays:0.###} days old at most";
        }
        if (Accept(EvidenceKind.SevSnp) && !SevSnp.MinimumTcb.IsEmpty)
            yield return string.Join(", ", SevSnp.MinimumTcb.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}: at least {pair.Value}"));
        if (MaxCertificateLifetime != DefaultCertificateLifetime) yield return $"certificates: {MaxCertificateLifetime.TotalHours:0.###} hours at most";
        if (Freshness == FreshnessRule.Required) yield return "evidence made for the connection";
        if (Gpu is { } gpu) yield return $"GPUs: {(gpu.Required ? "" : "none or ")}{gpu.MinimumCount} or more";
    }

    private IEnumerable<string> Relax()
    {
        foreach (var kind in Kinds.Where(kind => kind.Tier() == EvidenceTier.Test)) yield return $"kinds: {kind.Name()} is accepted, which anybody can make and which proves no hardware";
        if (AcceptsQuotes)
        {
            foreach (var status in Tdx.AcceptedStatuses.Where(status => status != TcbStatus.UpToDate))
                yield return $"tdx.tcbStatuses: a platform that is {TcbStatuses.Name(status)} is accepted";
            if ((Tdx.AllowedAttributes & TdAttributes.Migratable) != 0) yield return "tdx.allowedAttributes: a guest that can be moved to another machine is accepted";
        }
        if (Accept(EvidenceKind.SevSnp))
        {
            if (SevSnp.AllowDebug) yield return "sevSnp.allowDebug: a guest whose host can read its memory is accepted";
            if (SevSnp.AllowMigration) yield return "sevSnp.allowMigration: a guest that a migration agent can read is accepted";
            if (SevSnp.AllowVlek) yield return "sevSnp.allowVlek: a cloud provider's key is accepted in place of a chip's";
            if (SevSnp.AllowMaskedChip) yield return "sevSnp.allowMaskedChip: a chip that does not say which it is is accepted";
            if (SevSnp.MaxVmpl > 0) yield return $"sevSnp.maxVmpl: reports asked for by less privileged software of the guest, down to level {SevSnp.MaxVmpl}, are accepted";
        }
        if (Gpu?.Requirements.AllowUnknownFirmware == true) yield return "gpu.allowUnknownFirmware: a GPU is accepted whose measurements no manifest was found for";
        if (MaxCertificateLifetime > DefaultCertificateLifetime)
            yield return $"maxCertificateHours: certificates valid for {MaxCertificateLifetime.TotalHours:0.###} hours are accepted, more than {DefaultCertificateLifetime.TotalHours:0}";
        if (Freshness == FreshnessRule.Off) yield return "freshness: no peer has to prove that its evidence is made for this connection";
    }
}
