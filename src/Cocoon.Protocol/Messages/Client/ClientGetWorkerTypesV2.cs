using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.getWorkerTypesV2</c>: Asks for the models on offer.</summary>
[TlConstructor("client.getWorkerTypesV2")]
public sealed partial record ClientGetWorkerTypesV2() : ITlFunction<ClientWorkerTypesV2>;
