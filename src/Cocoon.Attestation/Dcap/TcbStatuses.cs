namespace Cocoon.Attestation.Dcap;

/// <summary>Intel's rules about statuses.</summary>
internal static class TcbStatuses
{
    // The two of a relaunch are concluded, never published.
    private static readonly TcbStatus[] PlatformStatuses =
    [
        TcbStatus.UpToDate, TcbStatus.SwHardeningNeeded, TcbStatus.ConfigurationNeeded, TcbStatus.ConfigurationAndSwHardeningNeeded,
        TcbStatus.OutOfDate, TcbStatus.OutOfDateConfigurationNeeded, TcbStatus.Revoked,
    ];

    /// <summary>Reads the member `tcbStatus` of a platform's level.</summary>
    public static TcbStatus ReadPlatform(SignedJson level) => Read(level, PlatformStatuses);

    /// <summary>Reads the member `tcbStatus`, which has to be one of some. Intel's names differ from ours only in the case of letters.</summary>
    public static TcbStatus Read(SignedJson level, TcbStatus[] allowed)
    {
        var text = level.Text("tcbStatus");
        foreach (var status in allowed)
        {
            if (Name(status) == text) return status;
        }
        throw new FormatException($"the status '{text}' is not one of {string.Join(", ", allowed.Select(Name))}.");
    }

    /// <summary>Intel's name.</summary>
    public static string Name(TcbStatus status) => status switch
    {
        TcbStatus.SwHardeningNeeded => "SWHardeningNeeded",
        TcbStatus.ConfigurationAndSwHardeningNeeded => "ConfigurationAndSWHardeningNeeded",
        _ => status.ToString(),
    };

    /// <summary>The status of a platform together with one of its components (quoting enclave, TDX module).</summary>
    public static TcbStatus Converge(TcbStatus platform, TcbStatus component) => (platform, component) switch
    {
        (_, TcbStatus.Revoked) => TcbStatus.Revoked,
        (TcbStatus.UpToDate or TcbStatus.SwHardeningNeeded, TcbStatus.OutOfDate) => TcbStatus.OutOfDate,
        (TcbStatus.ConfigurationNeeded or TcbStatus.ConfigurationAndSwHardeningNeeded, TcbStatus.OutOfDate) => TcbStatus.OutOfDateConfigurationNeeded,
        _ => platform,
    };

    /// <summary>
    /// The status of a guest that was started under one set of versions and runs under another. Intel's library overlooks versions that are
    /// revoked now where those at launch were good; here they count.
    /// </summary>
    public static TcbStatus Relaunch(TcbStatus atLaunch, TcbStatus now)
    {
        if (now == TcbStatus.Revoked) return TcbStatus.Revoked;
        if (atLaunch is not (TcbStatus.OutOfDate or TcbStatus.OutOfDateConfigurationNeeded)) return atLaunch;
        return now switch
        {
            TcbStatus.ConfigurationNeeded or TcbStatus.ConfigurationAndSwHardeningNeeded => TcbStatus.TdRelaunchAdvisedConfigurationNeeded,
            TcbStatus.UpToDate or TcbStatus.SwHardeningNeeded => atLaunch == TcbStatus.OutOfDate
                ? TcbStatus.TdRelaunchAdvised
                : TcbStatus.TdRelaunchAdvisedConfigurationNeeded,
            _ => atLaunch,
        };
    }
}
