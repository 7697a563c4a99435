using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.authorizeWithProxyShort</c>: Authorises with the secret.</summary>
/// <param name="Data">The secret string in plain UTF-8.</param>
[TlConstructor("client.authorizeWithProxyShort")]
public sealed partial record ClientAuthorizeWithProxyShort(ReadOnlyMemory<byte> Data) : ITlFunction<IClientAuthorizationWithProxy>;
