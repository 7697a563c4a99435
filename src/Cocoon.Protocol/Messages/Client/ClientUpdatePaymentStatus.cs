using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.updatePaymentStatus</c>: Asks for the client's counters.</summary>
[TlConstructor("client.updatePaymentStatus")]
public sealed partial record ClientUpdatePaymentStatus() : ITlFunction<ClientPaymentStatus>;
