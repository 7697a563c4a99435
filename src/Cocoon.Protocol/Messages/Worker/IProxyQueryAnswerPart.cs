using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxy.QueryAnswerPart</c>: A further part of a worker's answer, protocol version 0.</summary>
[TlType("proxy.QueryAnswerPart")]
public interface IProxyQueryAnswerPart : ITlObject;
