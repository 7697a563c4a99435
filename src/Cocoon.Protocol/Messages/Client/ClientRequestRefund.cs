using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.requestRefund</c>: Asks for a refund.</summary>
[TlConstructor("client.requestRefund")]
public sealed partial record ClientRequestRefund() : ITlFunction<IClientRefund>;
