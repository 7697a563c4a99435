using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>worker.enabledDisabled</c>: The worker starts or stops taking requests.</summary>
/// <param name="Disabled">Non-zero when the worker takes no requests.</param>
[TlConstructor("worker.enabledDisabled")]
public sealed partial record WorkerEnabledDisabled(int Disabled);
