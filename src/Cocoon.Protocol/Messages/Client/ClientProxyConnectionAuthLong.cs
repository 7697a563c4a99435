using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.proxyConnectionAuthLong</c>: The client must authorise on chain.</summary>
/// <param name="Nonce">The proxy's random number for this authorisation.</param>
[TlConstructor("client.proxyConnectionAuthLong")]
public sealed partial record ClientProxyConnectionAuthLong(long Nonce) : IClientProxyConnectionAuth;
