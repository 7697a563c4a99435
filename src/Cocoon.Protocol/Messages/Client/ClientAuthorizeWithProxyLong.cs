using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.authorizeWithProxyLong</c>: Waits for the on-chain authorisation.</summary>
[TlConstructor("client.authorizeWithProxyLong")]
public sealed partial record ClientAuthorizeWithProxyLong() : ITlFunction<IClientAuthorizationWithProxy>;
