using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>worker.connectToProxy</c>: A worker's first query.</summary>
/// <param name="Params">Who the peer is and what it speaks.</param>
[TlConstructor("worker.connectToProxy")]
public sealed partial record WorkerConnectToProxy(WorkerParams Params) : ITlFunction<WorkerConnectedToProxy>;
