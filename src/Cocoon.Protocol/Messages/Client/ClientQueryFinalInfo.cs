using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.queryFinalInfo</c>: Totals and timing of a finished request.</summary>
/// <param name="TokensUsed">What this request used so far.</param>
/// <param name="WorkerDebug">The worker's debug text, JSON.</param>
/// <param name="ProxyDebug">The proxy's debug text, JSON.</param>
/// <param name="ProxyStartTime">When the proxy began, Unix seconds.</param>
/// <param name="ProxyEndTime">When the proxy ended, Unix seconds.</param>
/// <param name="WorkerStartTime">When the worker began, Unix seconds.</param>
/// <param name="WorkerEndTime">When the worker ended, Unix seconds.</param>
[TlConstructor("client.queryFinalInfo", FlagsAt = 0)]
public sealed partial record ClientQueryFinalInfo(
    TokensUsed TokensUsed,
    [TlFlag(0)] string? WorkerDebug,
    [TlFlag(0)] string? ProxyDebug,
    [TlFlag(1)] double? ProxyStartTime,
    [TlFlag(1)] double? ProxyEndTime,
    [TlFlag(1)] double? WorkerStartTime,
    [TlFlag(1)] double? WorkerEndTime);
