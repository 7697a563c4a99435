using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxy.queryFinalInfo</c>: Totals and timing of a finished request.</summary>
/// <param name="TokensUsed">What this request used so far.</param>
/// <param name="WorkerDebug">The worker's debug text, JSON.</param>
/// <param name="WorkerStartTime">When the worker began, Unix seconds.</param>
/// <param name="WorkerEndTime">When the worker ended, Unix seconds.</param>
[TlConstructor("proxy.queryFinalInfo", FlagsAt = 0)]
public sealed partial record ProxyQueryFinalInfo(
    TokensUsed TokensUsed,
    [TlFlag(0)] string? WorkerDebug,
    [TlFlag(1)] double? WorkerStartTime,
    [TlFlag(1)] double? WorkerEndTime);
