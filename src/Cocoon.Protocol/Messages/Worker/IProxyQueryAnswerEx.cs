using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxy.QueryAnswerEx</c>: A worker's answer, or a part of it.</summary>
[TlType("proxy.QueryAnswerEx")]
public interface IProxyQueryAnswerEx : ITlObject;
