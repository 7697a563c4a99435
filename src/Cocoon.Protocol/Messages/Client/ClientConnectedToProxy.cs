using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.connectedToProxy</c>: The proxy accepts a client's connection and says how to authorise.</summary>
/// <param name="Params">Who the peer is and what it speaks.</param>
/// <param name="ClientScAddress">The client's contract with this proxy, friendly, non-bounceable.</param>
/// <param name="Auth">How the client has to authorise.</param>
/// <param name="SignedPayment">The newest voucher.</param>
[TlConstructor("client.connectedToProxy")]
public sealed partial record ClientConnectedToProxy(
    ProxyParams Params,
    string ClientScAddress,
    IClientProxyConnectionAuth Auth,
    IProxySignedPayment SignedPayment);
