using System.Collections.Immutable;
using Cocoon.Attestation.Quotes;
using Cocoon.Cryptography;

namespace Cocoon.Attestation.Dcap;

/// <summary>
/// What a quote has to show besides being genuine. What makes it worthless (a guest or enclave under debug, a revoked platform) is always
/// refused and no setting here.
/// </summary>
public sealed record QuoteRequirements
{
    /// <summary>The defaults: a TDX guest on a platform that is up to date, which cannot be moved elsewhere.</summary>
    public static QuoteRequirements Default { get; } = new();

    /// <summary>What has to stand behind the quote.</summary>
    public TeeMeasurementKind Kind { get; init; } = TeeMeasurementKind.Tdx;

    /// <summary>The statuses of the platform that are good enough. <see cref="TcbStatus.Revoked"/> has no effect.</summary>
    public ImmutableArray<TcbStatus> AcceptedStatuses { get; init; } = [TcbStatus.UpToDate];

    /// <summary>The advisories that may apply to the platform, such as "INTEL-SA-00615"; null for every one.</summary>
    public ImmutableArray<string>? AcceptedAdvisories { get; init; }

    /// <summary>The smallest TCB evaluation data number of the collateral: who knows of a newer recovery refuses what was issued before it.</summary>
    public int MinEvaluationNumber { get; init; }

    /// <summary>The TDX modules that are accepted, by MRSEAM; null for every one of Intel's.</summary>
    public ImmutableArray<Bits384>? AcceptedMrSeam { get; init; }

    /// <summary>Attributes that the guest must have.</summary>
    public TdAttributes RequiredAttributes { get; init; } = TdAttributes.None;

    /// <summary>Attributes that the guest may have. Those of <see cref="TdAttributes.UnderDebug"/> are refused even if named here.</summary>
    public TdAttributes AllowedAttributes { get; init; } = ~(TdAttributes.UnderDebug | TdAttributes.Migratable);

    /// <summary>Bits of XFAM that have to be set. Default: x87 and SSE, which always are.</summary>
    public ulong RequiredXfam { get; init; } = 0x3;

    /// <summary>Bits of XFAM that may be set. Default: all.</summary>
    public ulong AllowedXfam { get; init; } = ulong.MaxValue;

    /// <summary>
    /// How old Intel's TCB info, QE identity and list of revoked PCK certificates may be, more than zero; null for as long as each says of itself,
    /// which is 30 days.
    /// </summary>
    public TimeSpan? MaxCollateralAge { get; init; }

    /// <summary>The measurements of which a TDX guest has to have one; empty accepts all.</summary>
    public ImmutableArray<MeasurementPattern> Measurements { get; init; } = [];

    /// <summary>Looks for measurements among those that are accepted.</summary>
    /// <returns>Null where they are; otherwise what differs from each, for a sentence.</returns>
    public string? FindDifference(TeeMeasurements measurements)
    {
        var differences = Measurements.Select(pattern => pattern.FindDifferences(measurements)).ToArray();
        return differences.Length == 0 || differences.Any(difference => difference.IsEmpty) ? null : string.Join(" or ", differences.Select(difference => string.Join(", ", difference)));
    }
}
