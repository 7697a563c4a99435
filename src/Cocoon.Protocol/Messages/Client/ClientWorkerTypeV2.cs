using System.Collections.Immutable;
using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.workerTypeV2</c>: The workers of one model.</summary>
/// <param name="Name">The model's base name.</param>
/// <param name="Workers">One entry an enabled connection, cheapest first.</param>
[TlConstructor("client.workerTypeV2")]
public sealed partial record ClientWorkerTypeV2(string Name, ImmutableArray<ClientWorkerInstanceV2> Workers);
