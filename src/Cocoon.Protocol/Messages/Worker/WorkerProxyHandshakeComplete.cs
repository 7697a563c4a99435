using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>worker.proxyHandshakeComplete</c>: A worker's last handshake query.</summary>
/// <param name="IsDisabled">Whether the worker takes no requests.</param>
[TlConstructor("worker.proxyHandshakeComplete")]
public sealed partial record WorkerProxyHandshakeComplete(bool IsDisabled) : ITlFunction<WorkerProxyHandshakeCompleted>;
