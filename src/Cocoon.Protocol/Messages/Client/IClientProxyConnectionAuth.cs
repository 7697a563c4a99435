using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.ProxyConnectionAuth</c>: How a client has to authorise.</summary>
[TlType("client.ProxyConnectionAuth")]
public interface IClientProxyConnectionAuth : ITlObject;
