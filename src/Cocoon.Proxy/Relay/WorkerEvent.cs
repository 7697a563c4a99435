using Cocoon.Protocol.Messages;
using Cocoon.Protocol.Sessions;

namespace Cocoon.Proxy.Relay;

/// <summary>What a worker said about a request, whatever constructor it used to say it.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Bytes">The serialised head of the HTTP answer, or bytes of its body.</param>
/// <param name="Tokens">The totals; set in the last message only.</param>
/// <param name="Code">The error code of a failure.</param>
/// <param name="Error">Its text.</param>
/// <param name="StartTime">When the worker began, Unix seconds, if it says so.</param>
/// <param name="EndTime">When the worker ended, Unix seconds, if it says so.</param>
/// <param name="Debug">The worker's debug text, if it was asked for.</param>
internal readonly record struct WorkerEvent(
    WorkerEventKind Kind, ReadOnlyMemory<byte> Bytes, TokensUsed? Tokens, int Code, string Error, double? StartTime, double? EndTime, string? Debug)
{
    /// <summary>Whether nothing follows.</summary>
    public bool IsLast => Kind is WorkerEventKind.Failed or WorkerEventKind.Lost || Tokens is not null;

    public static WorkerEvent Lost(string reason, int code = ErrorCodes.Failure) => new(WorkerEventKind.Lost, default, null, code, reason, null, null, null);

    public static WorkerEvent From(WorkerEventKind kind, ReadOnlyMemory<byte> bytes, TokensUsed? tokens) =>
        new(kind, bytes, tokens, 0, "", null, null, null);

    public static WorkerEvent From(WorkerEventKind kind, ReadOnlyMemory<byte> bytes, ProxyQueryFinalInfo? info) =>
        new(kind, bytes, info?.TokensUsed, 0, "", info?.WorkerStartTime, info?.WorkerEndTime, info?.WorkerDebug);

    public static WorkerEvent Failure(int code, string error, ProxyQueryFinalInfo? info = null) =>
        new(WorkerEventKind.Failed, default, null, code, error, info?.WorkerStartTime, info?.WorkerEndTime, info?.WorkerDebug);
}
