using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.QueryAnswerPart</c>: A further part of an answer to a client, protocol version 0.</summary>
[TlType("client.QueryAnswerPart")]
public interface IClientQueryAnswerPart : ITlObject;
