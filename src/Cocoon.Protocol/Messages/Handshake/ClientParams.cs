using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.params</c>: What a client says of itself.</summary>
/// <remarks>The network kept this id when fields were added under flags.</remarks>
/// <param name="ClientOwnerAddress">The client's wallet address in friendly form.</param>
/// <param name="IsTest">Whether the network is a test network.</param>
/// <param name="MinProtoVersion">The lowest protocol version spoken.</param>
/// <param name="MaxProtoVersion">The highest protocol version spoken.</param>
[TlConstructor("client.params", Id = 0x40fdca64, FlagsAt = 0)]
public sealed partial record ClientParams(
    string ClientOwnerAddress,
    [TlFlag(0)] bool? IsTest,
    [TlFlag(1)] int? MinProtoVersion,
    [TlFlag(1)] int? MaxProtoVersion);
