using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>worker.proxyHandshakeCompleted</c>: Ends a worker's handshake.</summary>
[TlConstructor("worker.proxyHandshakeCompleted", ResultType = "worker.HandshakeCompleted")]
public sealed partial record WorkerProxyHandshakeCompleted();
