using Microsoft.Extensions.Logging;

namespace Cocoon.Node.Connections;

/// <summary>Tells of policies at the start.</summary>
public static partial class PolicyLog
{
    /// <summary>Tells what a policy accepts, with a warning for each relaxation.</summary>
    public static void LogPolicy(this ILogger logger, PolicyStatus policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        LogAccepted(logger, policy.Setting, policy.Policy, policy.Accepts);
        foreach (var relaxation in policy.Relaxations) LogRelaxed(logger, policy.Setting, policy.Policy, relaxation);
    }

    [LoggerMessage(LogLevel.Information, "{Setting}: policy {Policy} accepts {Accepts}")]
    private static partial void LogAccepted(ILogger logger, string setting, string policy, string accepts);

    [LoggerMessage(LogLevel.Warning, "{Setting}: policy {Policy} is relaxed: {Relaxation}")]
    private static partial void LogRelaxed(ILogger logger, string setting, string policy, string relaxation);
}
