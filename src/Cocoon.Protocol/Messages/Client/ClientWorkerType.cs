using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.workerType</c>: The workers of one model, protocol version 0.</summary>
/// <param name="Name">The model's base name.</param>
/// <param name="ActiveWorkers">Connections that serve the model.</param>
/// <param name="CoefficientMin">The lowest price factor in thousandths.</param>
/// <param name="CoefficientBucket50">The median price factor in thousandths.</param>
/// <param name="CoefficientMax">The highest price factor in thousandths.</param>
[TlConstructor("client.workerType")]
public sealed partial record ClientWorkerType(
    string Name,
    int ActiveWorkers,
    int CoefficientMin,
    int CoefficientBucket50,
    int CoefficientMax);
