using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.refund</c>: A granted refund.</summary>
/// <param name="Data">The signed refund: a bag of cells.</param>
[TlConstructor("client.refund")]
public sealed partial record ClientRefund(ReadOnlyMemory<byte> Data) : IClientRefund;
