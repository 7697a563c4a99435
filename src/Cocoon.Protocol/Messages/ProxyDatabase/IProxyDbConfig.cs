using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxyDb.Config</c>: The state of a proxy.</summary>
[TlType("proxyDb.Config")]
public interface IProxyDbConfig : ITlObject;
