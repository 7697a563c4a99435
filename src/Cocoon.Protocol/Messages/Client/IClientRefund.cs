using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.Refund</c>: The outcome of asking for a refund.</summary>
[TlType("client.Refund")]
public interface IClientRefund : ITlObject;
