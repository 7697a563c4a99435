using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.getWorkerTypes</c>: Asks for the models on offer, protocol version 0.</summary>
[TlConstructor("client.getWorkerTypes")]
public sealed partial record ClientGetWorkerTypes() : ITlFunction<ClientWorkerTypes>;
