using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>worker.updatePaymentStatus</c>: Asks for the worker's counters.</summary>
[TlConstructor("worker.updatePaymentStatus")]
public sealed partial record WorkerUpdatePaymentStatus() : ITlFunction<WorkerPaymentStatus>;
