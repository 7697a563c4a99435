using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.QueryAnswer</c>: The start of an answer to a client, protocol version 0.</summary>
[TlType("client.QueryAnswer")]
public interface IClientQueryAnswer : ITlObject;
