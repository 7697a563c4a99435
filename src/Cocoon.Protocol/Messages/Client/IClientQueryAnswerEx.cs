using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>client.QueryAnswerEx</c>: An answer to a client, or a part of it.</summary>
[TlType("client.QueryAnswerEx")]
public interface IClientQueryAnswerEx : ITlObject;
