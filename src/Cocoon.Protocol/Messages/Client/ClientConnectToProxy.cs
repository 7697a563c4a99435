using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.connectToProxy</c>: A client's first query.</summary>
/// <param name="Params">Who the peer is and what it speaks.</param>
/// <param name="MinConfigVersion">The registry version that the caller has seen.</param>
[TlConstructor("client.connectToProxy")]
public sealed partial record ClientConnectToProxy(ClientParams Params, int MinConfigVersion) : ITlFunction<ClientConnectedToProxy>;
