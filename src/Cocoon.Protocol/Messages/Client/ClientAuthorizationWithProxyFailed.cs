using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.authorizationWithProxyFailed</c>: The client is not authorised.</summary>
/// <param name="ErrorCode">One of the error codes of the protocol, or 0.</param>
/// <param name="Error">What went wrong.</param>
[TlConstructor("client.authorizationWithProxyFailed")]
public sealed partial record ClientAuthorizationWithProxyFailed(int ErrorCode, string Error) : IClientAuthorizationWithProxy;
