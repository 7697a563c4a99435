using System.Collections.Immutable;

namespace Cocoon.Attestation.Dcap;

/// <summary>The status of a quoting enclave or TDX module from a security version on.</summary>
internal sealed record ComponentLevel(int IsvSvn, TcbStatus Status, DateTimeOffset Date, ImmutableArray<string> Advisories)
{
    // A component has no settings of its own that a platform would need; Intel gives the others to whole platforms only.
    private static readonly TcbStatus[] EnclaveStatuses =
        [TcbStatus.UpToDate, TcbStatus.OutOfDate, TcbStatus.ConfigurationNeeded, TcbStatus.OutOfDateConfigurationNeeded, TcbStatus.Revoked];

    private static readonly TcbStatus[] ModuleStatuses = [TcbStatus.UpToDate, TcbStatus.OutOfDate, TcbStatus.Revoked];

    public static ImmutableArray<ComponentLevel> ReadEnclaveLevels(SignedJson json) => ReadAll(json, EnclaveStatuses);

    public static ImmutableArray<ComponentLevel> ReadModuleLevels(SignedJson json) => ReadAll(json, ModuleStatuses);

    /// <summary>The highest level that a version reaches; null when it reaches none.</summary>
    public static ComponentLevel? Find(ImmutableArray<ComponentLevel> levels, int isvSvn)
    {
        foreach (var level in levels)
        {
            if (level.IsvSvn <= isvSvn) return level;
        }
        return null;
    }

    private static ImmutableArray<ComponentLevel> ReadAll(SignedJson json, TcbStatus[] statuses)
    {
        var levels = json.Objects("tcbLevels").Select(level => new ComponentLevel(
            level.Object("tcb").Number("isvsvn", ushort.MaxValue),
            TcbStatuses.Read(level, statuses),
            level.Time("tcbDate"),
            level.OptionalTexts("advisoryIDs")));
        return [.. levels.OrderByDescending(level => level.IsvSvn)];
    }
}
