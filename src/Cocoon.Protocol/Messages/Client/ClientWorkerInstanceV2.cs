using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.workerInstanceV2</c>: One worker connection as a client sees it.</summary>
/// <remarks>The network kept this id when the flags word was added.</remarks>
/// <param name="Coefficient">The price factor in thousandths.</param>
/// <param name="ActiveRequests">Requests running now.</param>
/// <param name="MaxActiveRequests">How many requests may run at once over this connection.</param>
[TlConstructor("client.workerInstanceV2", Id = 0x3ea93d00, FlagsAt = 0)]
public sealed partial record ClientWorkerInstanceV2(int Coefficient, int ActiveRequests, int MaxActiveRequests);
