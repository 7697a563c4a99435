using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>worker.connectedToProxy</c>: The proxy accepts a worker's connection.</summary>
/// <param name="Params">Who the peer is and what it speaks.</param>
/// <param name="WorkerScAddress">The worker's contract with this proxy, friendly, non-bounceable.</param>
[TlConstructor("worker.connectedToProxy")]
public sealed partial record WorkerConnectedToProxy(ProxyParams Params, string WorkerScAddress);
