using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxyDb.ClientInfo</c>: A client in a proxy's database.</summary>
[TlType("proxyDb.ClientInfo")]
public interface IProxyDbClientInfo : ITlObject;
