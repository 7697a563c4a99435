using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>keyManagerDb.Config</c>: The state of a key manager.</summary>
[TlType("keyManagerDb.Config")]
public interface IKeyManagerDbConfig : ITlObject;
