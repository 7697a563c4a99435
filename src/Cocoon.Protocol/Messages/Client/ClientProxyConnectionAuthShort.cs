using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.proxyConnectionAuthShort</c>: The client may authorise with its secret.</summary>
/// <param name="SecretHash">The SHA-256 hash of the client's secret.</param>
/// <param name="Nonce">The proxy's random number for this authorisation.</param>
[TlConstructor("client.proxyConnectionAuthShort")]
public sealed partial record ClientProxyConnectionAuthShort(Bits256 SecretHash, long Nonce) : IClientProxyConnectionAuth;
