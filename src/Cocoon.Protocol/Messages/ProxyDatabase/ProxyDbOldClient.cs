using Cocoon.Protocol.Tl;

namespace Cocoon.Protocol.Messages;

/// <summary><c>proxyDb.oldClient</c>: A client of a closed proxy contract.</summary>
/// <param name="OwnerAddress">The owner's address in friendly form.</param>
/// <param name="Tokens">Tokens counted so far.</param>
/// <param name="NextClient">Who follows in the list.</param>
[TlConstructor("proxyDb.oldClient")]
public sealed partial record ProxyDbOldClient(string OwnerAddress, long Tokens, string NextClient);
