using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>rootConfig.Config</c>: A snapshot of the registry.</summary>
[TlType("rootConfig.Config")]
public interface IRootConfigConfig : ITlObject;
