using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>keyManager.getWorkerPrivateKeys</c>: Asks for the keys of workers.</summary>
/// <param name="MinConfigVersion">The registry version that the caller has seen.</param>
[TlConstructor("keyManager.getWorkerPrivateKeys")]
public sealed partial record KeyManagerGetWorkerPrivateKeys(int MinConfigVersion) : ITlFunction<KeyManagerPrivateKeys>;
