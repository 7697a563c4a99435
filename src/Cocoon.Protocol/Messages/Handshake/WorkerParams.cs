using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>worker.params</c>: What a worker says of itself.</summary>
/// <remarks>The network kept this id when fields were added under flags.</remarks>
/// <param name="WorkerOwnerAddress">The worker owner's address in friendly form.</param>
/// <param name="Model">The model as name@commit:verity hash.</param>
/// <param name="Coefficient">The price factor in thousandths.</param>
/// <param name="IsTest">Whether the network is a test network.</param>
/// <param name="ProxyCnt">How many proxy connections the worker is configured for.</param>
/// <param name="MaxActiveRequests">How many requests may run at once.</param>
/// <param name="MinProtoVersion">The lowest protocol version spoken.</param>
/// <param name="MaxProtoVersion">The highest protocol version spoken.</param>
[TlConstructor("worker.params", Id = 0x869c73ed, FlagsAt = 0)]
public sealed partial record WorkerParams(
    string WorkerOwnerAddress,
    string Model,
    int Coefficient,
    [TlFlag(0)] bool? IsTest,
    [TlFlag(0)] int? ProxyCnt,
    [TlFlag(0)] int? MaxActiveRequests,
    [TlFlag(1)] int? MinProtoVersion,
    [TlFlag(1)] int? MaxProtoVersion);
