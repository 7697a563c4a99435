using System.Collections.Immutable;
using Cocoon.Attestation.Quotes;

namespace Cocoon.Attestation.Dcap;

/// <summary>
/// Finds the status of a platform in TCB info, as Intel's quote verification library does: the first level that the platform reaches, joined
/// by the status of the quoting enclave and, from TDX 1.5 on, of the TDX module.
/// </summary>
/// <param name="Status">The status of all together.</param>
/// <param name="Date">The earliest date among them.</param>
/// <param name="Advisories">All advisories among them, each once.</param>
internal sealed record TcbEvaluation(TcbStatus Status, DateTimeOffset Date, ImmutableArray<string> Advisories)
{
    /// <summary>Evaluates an enclave's platform. Null when it reaches no level.</summary>
    public static TcbEvaluation? OfEnclave(TcbInfo info, PckPlatform platform, ComponentLevel qe) => Evaluate(info, platform, [], [qe]);

    /// <summary>Evaluates a guest's platform. Null when it reaches no level.</summary>
    public static TcbEvaluation? OfGuest(TcbInfo info, PckPlatform platform, ComponentLevel qe, TdReport report)
    {
        var atLaunch = OfGuest(info, platform, qe, report.TeeTcbSvn);
        if (atLaunch is null || report.TeeTcbSvn2.IsEmpty) return atLaunch;

        // A TDX 1.5 guest also tells of updates since it was started: old memory under new firmware is a case of its own.
        return OfGuest(info, platform, qe, report.TeeTcbSvn2) is { } now
            ? atLaunch with { Status = TcbStatuses.Relaunch(atLaunch.Status, now.Status) }
            : null;
    }

    private static TcbEvaluation? OfGuest(TcbInfo info, PckPlatform platform, ComponentLevel qe, ReadOnlySpan<byte> teeTcbSvn)
    {
        var (minor, major) = (teeTcbSvn[0], teeTcbSvn[1]);
        if (major == 0) return Evaluate(info, platform, teeTcbSvn, [qe]);
        return info.FindModule(major) is { } module && ComponentLevel.Find(module.Levels, minor) is { } level
            ? Evaluate(info, platform, teeTcbSvn, [qe, level])
            : null;
    }

    private static TcbEvaluation? Evaluate(
        TcbInfo info, PckPlatform platform, ReadOnlySpan<byte> teeTcbSvn, ReadOnlySpan<ComponentLevel> components)
    {
        foreach (var level in info.Levels)
        {
            if (level.IsReachedBy(platform.Components, platform.PceSvn, teeTcbSvn)) return Join(level, components);
        }
        return null;
    }

    private static TcbEvaluation Join(TcbLevel level, ReadOnlySpan<ComponentLevel> components)
    {
        var (status, date, advisories) = (level.Status, level.Date, level.Advisories);
        var revoked = false;
        foreach (var component in components)
        {
            revoked |= component.Status == TcbStatus.Revoked;
            status = TcbStatuses.Converge(status, component.Status);
            if (component.Date < date) date = component.Date;
            advisories = [.. advisories.Union(component.Advisories)];
        }
        return new TcbEvaluation(revoked ? TcbStatus.Revoked : status, date, advisories);
    }
}
