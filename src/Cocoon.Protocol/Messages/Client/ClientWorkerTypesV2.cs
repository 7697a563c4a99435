using System.Collections.Immutable;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.workerTypesV2</c>: The models on offer.</summary>
/// <param name="Types">One entry a model.</param>
[TlConstructor("client.workerTypesV2")]
public sealed partial record ClientWorkerTypesV2(ImmutableArray<ClientWorkerTypeV2> Types);
