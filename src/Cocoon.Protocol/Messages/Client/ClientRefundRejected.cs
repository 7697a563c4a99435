using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.refundRejected</c>: A refund cannot be granted yet.</summary>
/// <param name="ActiveQueries">Queries still running.</param>
[TlConstructor("client.refundRejected")]
public sealed partial record ClientRefundRejected(long ActiveQueries) : IClientRefund;
