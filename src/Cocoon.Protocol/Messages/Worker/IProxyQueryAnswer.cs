using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxy.QueryAnswer</c>: The start of a worker's answer, protocol version 0.</summary>
[TlType("proxy.QueryAnswer")]
public interface IProxyQueryAnswer : ITlObject;
