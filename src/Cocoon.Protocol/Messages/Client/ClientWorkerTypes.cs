using System.Collections.Immutable;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.workerTypes</c>: The models on offer, protocol version 0.</summary>
/// <param name="Types">One entry a model.</param>
[TlConstructor("client.workerTypes")]
public sealed partial record ClientWorkerTypes(ImmutableArray<ClientWorkerType> Types);
