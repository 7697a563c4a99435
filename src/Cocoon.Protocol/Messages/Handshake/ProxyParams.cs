using Cocoon.Cryptography;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxy.params</c>: What a proxy says of itself.</summary>
/// <remarks>The network kept this id when fields were added under flags.</remarks>
/// <param name="ProxyPublicKey">The Ed25519 key that signs vouchers.</param>
/// <param name="ProxyOwnerAddress">The proxy owner's address in friendly form.</param>
/// <param name="ProxyScAddress">The proxy's contract, friendly, non-bounceable.</param>
/// <param name="IsTest">Whether the network is a test network.</param>
/// <param name="ProtoVersion">The chosen protocol version; absent means 0.</param>
[TlConstructor("proxy.params", Id = 0xd5c5609f, FlagsAt = 0)]
public sealed partial record ProxyParams(
    Bits256 ProxyPublicKey,
    string ProxyOwnerAddress,
    string ProxyScAddress,
    [TlFlag(0)] bool? IsTest,
    [TlFlag(1)] int? ProtoVersion);
