using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.AuthorizationWithProxy</c>: The outcome of a client's authorisation.</summary>
[TlType("client.AuthorizationWithProxy")]
public interface IClientAuthorizationWithProxy : ITlObject;
