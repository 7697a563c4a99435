using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>worker.newCoefficient</c>: The worker changes its price.</summary>
/// <param name="NewCoefficient">The price factor in thousandths, not negative.</param>
[TlConstructor("worker.newCoefficient")]
public sealed partial record WorkerNewCoefficient(int NewCoefficient);
