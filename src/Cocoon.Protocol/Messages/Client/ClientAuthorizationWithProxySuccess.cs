using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.authorizationWithProxySuccess</c>: The client is authorised.</summary>
/// <param name="SignedPayment">The newest voucher.</param>
/// <param name="TokensCommittedToDb">Tokens durable in the proxy's database.</param>
/// <param name="MaxTokens">Tokens counted by the proxy so far.</param>
[TlConstructor("client.authorizationWithProxySuccess")]
public sealed partial record ClientAuthorizationWithProxySuccess(
    IProxySignedPayment SignedPayment,
    long TokensCommittedToDb,
    long MaxTokens) : IClientAuthorizationWithProxy;
