using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>rootConfig.registeredProxy</c>: A proxy in the registry.</summary>
/// <param name="Seqno">The proxy's number.</param>
/// <param name="Address">The addresses, as "worker-side client-side" host:port text.</param>
[TlConstructor("rootConfig.registeredProxy")]
public sealed partial record RootConfigRegisteredProxy(int Seqno, string Address);
