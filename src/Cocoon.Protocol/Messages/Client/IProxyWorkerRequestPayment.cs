using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxy.WorkerRequestPayment</c>: What a finished request cost or earned.</summary>
[TlType("proxy.WorkerRequestPayment")]
public interface IProxyWorkerRequestPayment : ITlObject;
